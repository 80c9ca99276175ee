"""The second shelf: one module per rule that looks at a whole feed. A rule's file name is its id, with underscores for hyphens.

A module has what the rules of `tqcheck/rules/` have, except that its work is in two parts:
    record(article, score)           yields Kept: what the rule must know of one article, each under the key by which articles meet
    check(rows, *, option=default)   yields FeedMarks: `rows` are those of one key, sorted; read first_rows(rows) of them
and that its examples are small feeds (`FeedExample`). `tqcheck/feed.py` says how the parts come together.

These rules run only when asked for: with `--feed-rules`, or selected by name.
"""
