"""Scores of predicted articles against gold articles, whichever system made the predictions."""
