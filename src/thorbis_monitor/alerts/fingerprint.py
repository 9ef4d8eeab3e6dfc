"""One key for everything that is remembered about a rule and a label set."""

import hashlib
import json
from collections.abc import Mapping


def fingerprint(rule_id: str, labels: Mapping[str, str]) -> str:
    """A digest of rule and labels in 32 hex digits; the same in every process, for any order of labels."""
    text = json.dumps([rule_id, sorted(labels.items())], ensure_ascii=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
