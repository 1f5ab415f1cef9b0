"""What is compared, in names: this file alone is read where PyTorch is not installed."""

from prenoise.study.kinds import AFTER_MIRROR, AFTER_NOISE, FROM_ZERO, RANDOM, STYLES, Kind

MLP, RESNET, DENSENET, VIT, TEXT = "MLP", "ResNet", "DenseNet", "ViT", "character transformer"
TEMPERED, SMOOTHED = "temperature scaling", "label smoothing"

OWN = (
    Kind(
        TEMPERED,
        "from random weights, the scores divided afterwards by what suits held-out examples best",
        "",
        **STYLES["purple"],
    ),
    Kind(SMOOTHED, "from random weights, a tenth of every label spread over all classes", "", **STYLES["sky"]),
)
"""Controls of calibration that see no noise and change nothing before data."""

KINDS = {
    "bp": (RANDOM, AFTER_NOISE, FROM_ZERO, TEMPERED, SMOOTHED),
    "fa": (RANDOM, AFTER_NOISE, FROM_ZERO, AFTER_MIRROR),
}
"""What is compared by each rule. Backpropagation uses no feedback, so a mirror changes nothing for it."""
