"""Articles and their annotation: the record, words and sentences, formats, corpora, splits."""
