"""The loss of right answers and its interval, as `tideline calibrate` has them."""

from dataclasses import dataclass

import numpy as np

Z = 1.959963984540054  # 97.5 % of the normal distribution lie below
MOST_LOSS = 0.01       # a setting keeps the accuracy where the interval of its loss ends below


@dataclass(frozen=True)
class Loss:
    value: float
    low: float
    high: float

    @property
    def kept(self):
        return self.high <= MOST_LOSS


def paired_loss(before, after, labels):
    """How much smaller the share of right answers is after than before, on the same images.

    Bonett and Price's interval of paired shares, as partitioner/calibrator/interval.h.
    """
    right, still = np.asarray(before) == labels, np.asarray(after) == labels
    lost, gained, count = int((right & ~still).sum()), int((~right & still).sum()), len(right)
    lost_share, gained_share = (lost + 1) / (count + 2), (gained + 1) / (count + 2)
    middle = lost_share - gained_share
    half = Z * np.sqrt((lost_share + gained_share - middle**2) / (count + 2))
    return Loss((lost - gained) / count, float(max(middle - half, -1)),
                float(min(middle + half, 1)))
