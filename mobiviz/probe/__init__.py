"""Questions asked of a network, which is afterwards as it was: ablation of channels, and receptive fields."""

from mobiviz.findings import Ablation, Field
from mobiviz.probe.ablation import ablate
from mobiviz.probe.reach import receptive_field

__all__ = ["Ablation", "Field", "ablate", "receptive_field"]
