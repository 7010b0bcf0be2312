"""Every reason for which a document is dropped, changed or failed; documented one by one in docs/reasons.md."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a step dropped or changed a document. Values are stable: they stand in ledgers."""

    # capture
    UNREADABLE_SHARD = "unreadable_shard"  # failed: the file could not be read at all; counted as one record
    HTTP_STATUS = "http_status"  # the response's status is not 200; value: the status
    MEDIA_TYPE = "media_type"  # not a type that text is extracted from
    EMPTY = "empty"  # no text remains after extraction
    BODY_TRUNCATED = "body_truncated"  # the body is cut (mark truncated), and the source drops such
    TOO_COSTLY = "too_costly"  # reading it would take too long, or has (detail: beyond the deadline)
    EXTRACTION_FAILED = "extraction_failed"  # what too_costly was called in versions made before
    REVISIT = "revisit"  # a WARC revisit; duplicate_of names the original capture
    REVISIT_UNRESOLVED = "revisit_unresolved"  # a WARC revisit whose original is not among the sources
    REPEATED_RECORD = "repeated_record"  # the same occurrence was read twice (same id, same content)
    ID_CONFLICT = "id_conflict"  # another record of the source has the same id but other content
    CHARSET_CONTRADICTED = "charset_contradicted"  # changed: not decoded as declared; detail: both encodings
    GARBLED = "garbled"  # too many characters could not be decoded and are U+FFFD; value: their share
    INVISIBLE_REMOVED = "invisible_removed"  # changed: characters that nobody sees were cut out; value: how many
    # rights
    LICENSE_DENIED = "license_denied"  # the policy does not allow it; detail, here and below: the rule that decided
    LICENSE_UNKNOWN = "license_unknown"  # the policy cannot decide, mostly for want of a known licence
    CONSENT_DENIED = "consent_denied"  # a consent signal of the page or its site forbids it under the policy
    CONSENT_UNKNOWN = "consent_unknown"  # a consent signal that is not understood may forbid it under the policy
    # erasure
    ERASED = "erased"  # somebody had it erased, or it is refused since; of a tombstone nothing else is known
    WITHDRAWN = "revised"  # taken out later, or refused since, by `corpushub withdraw`; detail: the rule
    # language
    LANGUAGE_NOT_WANTED = "language_not_wanted"  # its language (detail) is not among those asked for; value: confidence
    LANGUAGE_UNCERTAIN = "language_uncertain"  # confidence below the threshold; value: confidence, detail: the language
    # Gopher quality (Rae et al. 2021, table A1)
    GOPHER_TOO_FEW_WORDS = "gopher_too_few_words"  # fewer words than min_words; value: words
    GOPHER_TOO_MANY_WORDS = "gopher_too_many_words"  # more words than max_words; value: words
    GOPHER_WORD_LENGTH = "gopher_word_length"  # mean word length outside the bounds; value: the mean
    GOPHER_SYMBOLS = "gopher_symbols"  # too many "#" or ellipses for each word; value: the ratio
    GOPHER_BULLETS = "gopher_bullets"  # too many lines begin with a bullet; value: share
    GOPHER_ELLIPSIS = "gopher_ellipsis"  # too many lines end with an ellipsis; value: share
    GOPHER_ALPHABETIC = "gopher_alphabetic"  # too few words have a letter; value: share
    GOPHER_STOP_WORDS = "gopher_stop_words"  # fewer stop words than min_stop_words; value: how many
    # Gopher repetition (Rae et al. 2021, table A1)
    GOPHER_DUPLICATE_LINES = "gopher_duplicate_lines"  # too many lines repeat an earlier one; value: share
    GOPHER_DUPLICATE_PARAGRAPHS = "gopher_duplicate_paragraphs"  # too many paragraphs repeat; value: share
    GOPHER_DUPLICATE_LINE_CHARS = "gopher_duplicate_line_chars"  # too many characters repeat; value: share
    GOPHER_DUPLICATE_PARAGRAPH_CHARS = "gopher_duplicate_paragraph_chars"  # too many characters in repeats
    GOPHER_TOP_NGRAM = "gopher_top_ngram"  # too many characters in the most frequent n-gram; value: share
    GOPHER_DUPLICATE_NGRAMS = "gopher_duplicate_ngrams"  # too many characters in repeated n-grams; value: share
    # C4 (Raffel et al. 2020, section 2.2)
    C4_LINES = "c4_lines"  # changed: lines were removed; value: how many
    C4_TOO_FEW_SENTENCES = "c4_too_few_sentences"  # fewer sentences than min_sentences; value: how many
    C4_LOREM_IPSUM = "c4_lorem_ipsum"  # the page holds "lorem ipsum"
    C4_CURLY_BRACKET = "c4_curly_bracket"  # the page holds a curly bracket
    C4_BAD_WORDS = "c4_bad_words"  # the page holds one of the bad words
    # FineWeb (Penedo et al. 2024, section 3.6)
    FINEWEB_LINE_PUNCTUATION = "fineweb_line_punctuation"  # too few lines end in punctuation; value: share
    FINEWEB_SHORT_LINES = "fineweb_short_lines"  # too many short lines; value: share
    FINEWEB_DUPLICATE_LINE_CHARS = "fineweb_duplicate_line_chars"  # too many characters repeat; value: share
    FINEWEB_NEWLINES = "fineweb_newlines"  # too many line breaks for each word; value: the ratio
    # decontamination
    BENCHMARK_OVERLAP = "benchmark_overlap"  # shares a run of tokens with the item in detail; value: where it begins
    # deduplication
    EXACT_DUPLICATE = "exact_duplicate"  # same content_id as the kept document in duplicate_of
    NEAR_DUPLICATE = "near_duplicate"  # verified similarity at or above the threshold to the one in duplicate_of
    URL_DUPLICATE = "url_duplicate"  # same normalised URL as the kept document in duplicate_of, or as one it replaced
    # boilerplate
    BOILERPLATE_REMOVED = "boilerplate_removed"  # changed: repeated lines or paragraphs were removed; value: how many
    BOILERPLATE_ONLY = "boilerplate_only"  # nothing but repeated lines or paragraphs; value: how many
    # personal data
    PII_SCRUBBED = "pii_scrubbed"  # changed: personal data were replaced; value: how many spans
    PII_FOUND = "pii_found"  # an entity was found for which the recipe says drop
    PII_SCAN_FAILED = "pii_scan_failed"  # the scan ended early or failed (detail), so the document is not released
    PII_SCAN_INCOMPLETE = "pii_scan_incomplete"  # kept though the scan ended early or failed: the recipe says so
