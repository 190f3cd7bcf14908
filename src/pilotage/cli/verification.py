"""What a verification is asked to do, by the options; consumed by ``verify`` and ``migrate``."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path

from pilotage.cli.surroundings import default_jobs
from pilotage.config.sizes import parse_size
from pilotage.errors import UsageError
from pilotage.model.choices import Verification
from pilotage.model.verdict import Asked

_SHARE = re.compile(r"([0-9]{1,3}(?:\.[0-9]+)?|\.[0-9]+) *(%?)")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class VerificationOptions:
    """The options as they were given."""

    skip: Sequence[str] | None = None
    drill_down: bool = True
    show_values: bool = False
    repair: Path | None = None
    sample: str | None = None
    jobs: int | None = None
    max_rate: str | None = None


def asked_by(options: VerificationOptions) -> Asked:
    """Return what ``verify`` is asked to do.

    Raises:
        UsageError: a size or a share cannot be understood, or there is no such check.
    """
    from pilotage.verify.verification import ensure_known  # noqa: PLC0415

    skipped = tuple(dict.fromkeys(options.skip or ()))
    ensure_known(skipped)
    if options.repair is not None and not (options.drill_down and "contents" not in skipped):
        raise UsageError("--repair needs the rows that differ; leave out --no-drill-down and --skip contents")
    if options.repair is not None and options.sample is not None:
        raise UsageError("--repair needs all rows that differ, not those of a sample; leave out --sample")
    return Asked(
        skipped=skipped,
        jobs=options.jobs or default_jobs(),
        max_rate=_rate(options.max_rate),
        sample=_share(options.sample),
        show_values=options.show_values,
        drill_down=options.drill_down,
    )


def asked_after_migration(verification: Verification, jobs: int | None) -> Asked | None:
    """Return what ``migrate`` is asked to do at its end; None for nothing."""
    if verification is Verification.NONE:
        return None
    # What a migration that nobody verifies would load for nothing.
    from pilotage.verify import BY_COUNTS_ONLY  # noqa: PLC0415

    skipped = BY_COUNTS_ONLY if verification is Verification.COUNTS else ()
    return Asked(skipped=skipped, jobs=jobs or default_jobs())


def _rate(text: str | None) -> int | None:
    if text is None:
        return None
    rate = parse_size(text.removesuffix("/s"))
    if not rate:
        raise UsageError(f'--max-rate is "{text}"; write a size for each second, such as 50MB or "512 kB"')
    return rate


def _share(text: str | None) -> float:
    if text is None:
        return 1.0
    found = _SHARE.fullmatch(text)
    share = float(found.group(1)) / (100 if found.group(2) else 1) if found else 0.0
    if not 0 < share <= 1:
        raise UsageError(f'--sample is "{text}"; write a share above 0 and at most all: 5%, or 0.05')
    return share
