from accelerate.data_loader import prepare_data_loader
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from training.batches import PieceBatches


def test_a_batch_has_as_many_rows_as_fit_with_padding():
    # lengths count as 16, 16, 32, 48: two of 16 are 32 pieces; one of 32 more would be 3 * 32; 32 and 48 would be 2 * 48
    batches = PieceBatches([10, 16, 20, 40], [1, 1, 1, 1], pieces=64, seed=0)
    assert sorted(sorted(batch) for batch in batches) == [[0, 1], [2], [3]]
    assert len(batches) == 3


def test_every_window_of_a_row_counts():
    batches = PieceBatches([16, 16, 16], [1, 3, 1], pieces=64, seed=0)
    # sorted by windows: 1 + 1 are 32 pieces, with the row of three 80
    assert sorted(sorted(batch) for batch in batches) == [[0, 2], [1]]


def test_a_row_that_is_too_large_is_a_batch_of_its_own():
    assert sorted(PieceBatches([100, 10], [1, 1], pieces=64, seed=0)) == [[0], [1]]


def test_epochs_have_other_batches_and_repeat():
    batches = PieceBatches([10] * 40, [1] * 40, pieces=64, seed=5)
    first = list(batches)
    assert list(batches) == first
    batches.set_epoch(1)
    assert list(batches) != first
    batches.set_epoch(0)
    assert list(batches) == first


def test_epochs_differ_in_each_of_several_processes_too():
    loader = DataLoader(range(40), batch_sampler=PieceBatches([10] * 40, [1] * 40, pieces=64, seed=5))
    shards = [prepare_data_loader(loader, num_processes=2, process_index=i, put_on_device=False) for i in (0, 1)]
    epochs = []
    for epoch in (0, 1):
        for shard in shards:
            shard.set_epoch(epoch)
        epochs.append([list(shard.batch_sampler) for shard in shards])
    assert epochs[0] != epochs[1]
    for dealt in epochs:
        assert sorted(row for shard in dealt for batch in shard for row in batch) == list(range(40))


@given(
    st.lists(st.tuples(st.integers(1, 200), st.integers(1, 4)), min_size=1, max_size=60),
    st.integers(1, 500),
    st.integers(0, 3),
)
def test_an_epoch_has_every_row_once_and_as_many_batches_as_any_other(rows, pieces, epoch):
    batches = PieceBatches([length for length, _ in rows], [count for _, count in rows], pieces, seed=1)
    batches.set_epoch(epoch)
    found = list(batches)
    assert sorted(row for batch in found for row in batch) == list(range(len(rows)))
    assert len(found) == len(batches)
    for batch in found:
        count = sum(rows[row][1] for row in batch)
        assert len(batch) == 1 or count * max(rows[row][0] for row in batch) <= pieces
