from collections import Counter
from pathlib import Path

from data.parquet import read_parquet
from data.validation import duplicate_ids, faults

TWEETS = list(read_parquet(Path(__file__).parents[2] / "data" / "tweets" / "tweets.parquet"))


def test_counts_are_those_of_the_datasheet():
    held = Counter((claim.claim, claim.label) for tweet in TWEETS for claim in tweet.claims)
    assert held == {
        ("لقاح كورونا", "favor"): 1206,
        ("لقاح كورونا", "against"): 1281,
        ("لقاح كورونا", "neutral"): 755,
        ("التحول الرقمي", "favor"): 1449,
        ("التحول الرقمي", "against"): 1858,
        ("التحول الرقمي", "neutral"): 895,
        ("تمكين المرأة", "favor"): 1270,
        ("تمكين المرأة", "against"): 1262,
        ("تمكين المرأة", "neutral"): 704,
    }


def test_tweets_are_whole_and_differ():
    assert list(duplicate_ids(TWEETS)) == []
    assert [str(fault) for tweet in TWEETS for fault in faults(tweet)] == []
    assert len({tweet.text for tweet in TWEETS}) == len(TWEETS)
