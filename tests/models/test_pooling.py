import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import softmax

from models.claim_head import pooled
from models.pooling import pooled_text


def test_one_window_that_speaks_of_the_claim_is_enough():
    scores = np.log([[0.1, 0.1, 0.8], [0.2, 0.6, 0.2]])
    # unrelated is as unlikely as in the second window; favor and against share the rest as 0.3 to 0.7
    assert pooled_text(scores, ["favor", "against", "unrelated"]) == pytest.approx([0.24, 0.56, 0.2])


@given(arrays(np.float32, (1, 4), elements=st.floats(-9, 9, width=32)))
def test_one_window_keeps_its_probabilities(scores):
    labels = ["favor", "against", "neutral", "unrelated"]
    assert pooled_text(scores, labels) == pytest.approx(softmax(scores[0]).tolist(), abs=1e-5)


@given(
    st.integers(1, 5).flatmap(lambda n: arrays(np.float32, (n, 4), elements=st.floats(-9, 9, width=32))), st.booleans()
)
def test_texts_are_pooled_as_in_training(scores, with_unrelated):
    labels = ["favor", "against", "neutral", "unrelated" if with_unrelated else "other"]
    one = torch.zeros(len(scores), dtype=torch.long)
    trained = pooled(torch.from_numpy(scores), one, 3 if with_unrelated else None)[0]
    assert pooled_text(scores, labels) == pytest.approx(trained.tolist(), abs=1e-5)
