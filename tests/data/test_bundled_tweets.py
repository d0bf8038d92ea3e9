from collections import Counter
from pathlib import Path

from data.parquet import read_parquet
from data.validation import duplicate_ids, faults

TWEETS = list(read_parquet(Path(__file__).parents[2] / "data" / "tweets" / "tweets.parquet"))


def test_counts_are_those_of_the_datasheet():
    held = Counter((claim.claim, claim.label) for tweet in TWEETS for claim in tweet.claims)
    assert held == {
        ("لقاح كورونا", "favor"): 886,
        ("لقاح كورونا", "against"): 881,
        ("لقاح كورونا", "neutral"): 515,
        ("التحول الرقمي", "favor"): 889,
        ("التحول الرقمي", "against"): 898,
        ("التحول الرقمي", "neutral"): 495,
        ("تمكين المرأة", "favor"): 950,
        ("تمكين المرأة", "against"): 862,
        ("تمكين المرأة", "neutral"): 464,
    }


def test_tweets_are_whole_and_differ():
    assert list(duplicate_ids(TWEETS)) == []
    assert [str(fault) for tweet in TWEETS for fault in faults(tweet)] == []
    assert len({tweet.text for tweet in TWEETS}) == len(TWEETS)
