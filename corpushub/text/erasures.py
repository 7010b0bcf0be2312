"""Answers about erasures as text. Pure functions from the JSON answers to strings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from corpushub.text.answers import table

Answer = Mapping[str, Any]

_LISTED = 20


def dry_run(content: Answer) -> str:
    """Show what an erasure would do."""
    lines = [f"{content['matched']:,} documents would be erased", *_versions(content)]
    lines += [f"  {one['dataset']}  {one['doc_id']}" for one in content["documents"][:_LISTED]]
    if len(content["documents"]) > _LISTED:
        lines.append(f"  {_LISTED} of {len(content['documents'])}; --json has all")
    return "\n".join([*lines, *_unsearched(content), "nothing was changed"])


def erased(content: Answer) -> str:
    """Show what an erasure did."""
    lines = [f"{content['receipt']}: {content['matched']:,} documents erased", *_versions(content)]
    lines += [f"  still there: {one['path']}: {one['problem']}" for one in content["remains"]]
    verdict = "nothing of the subject was found in the hub" if content["verified"] else "something is left, see above"
    return "\n".join(
        [*lines, *_unsearched(content), f"{verdict}; `corpushub show {content['receipt']}` has the receipt"]
    )


def resumed(content: Answer) -> str:
    """Show what was finished."""
    return "\n".join(erased(one) for one in content["finished"]) or "no erasure is unfinished"


def receipt(content: Answer) -> str:
    """Show a receipt."""
    lines = [f"{content['receipt']}  {content['state']}"]
    lines += [f"  {name:10} {content[name]}" for name in ("created", "finished", "reason", "key", "salt", "matched")]
    if content["files"]:
        lines.append("  {:10} {rewritten:,} rewritten, {removed:,} removed".format("files", **content["files"]))
    lines += ["", "requests", table([[one["kind"], one["hash"]] for one in content["requests"]]), "", "versions"]
    for one in content["versions"]:
        lines.append(f"  {one['revision']}  {one['documents']:,} documents fewer")
        lines.append(f"    {one['old_root']} is now {one['new_root']}")
    return "\n".join([*lines, "", "out of reach", *(f"  {one}" for one in content["out_of_reach"])])


def _versions(content: Answer) -> list[str]:
    return [f"  {one['version']}: {one['documents']:,} documents" for one in content["versions"]]


def _unsearched(content: Answer) -> list[str]:
    return [f"  {one['version']}: {one['why']}" for one in content["unsearched"]]
