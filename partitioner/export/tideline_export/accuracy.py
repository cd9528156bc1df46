"""What model.yaml says of a classifier's accuracy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

_Z_95 = 1.959964  # the normal distribution's 97.5 % quantile


def top1(data: str, answers: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """The share of answers [N] that are the label [N], with its 95 % Wilson interval.

    `data` says in words what was measured on. Raises ValueError where there is nothing to compare.
    """
    if answers.shape != labels.shape or len(labels) == 0:
        raise ValueError(f"{data}: {answers.shape} answers for {labels.shape} labels")
    count = len(labels)
    share = int((answers == labels).sum()) / count
    centre = (share + _Z_95**2 / (2 * count)) / (1 + _Z_95**2 / count)
    spread = share * (1 - share) / count + _Z_95**2 / (4 * count**2)
    half = _Z_95 * math.sqrt(spread) / (1 + _Z_95**2 / count)
    return {
        "data": data,
        "samples": count,
        "top1": round(share, 4),
        "interval95": [round(centre - half, 4), round(min(1.0, centre + half), 4)],
    }
