"""Questions asked of a network, which is afterwards as it was: ablation of channels, receptive fields, a look."""

from mobiviz.findings import Ablation, Field, Look
from mobiviz.probe.ablation import ablate
from mobiviz.probe.looking import look
from mobiviz.probe.reach import receptive_field

__all__ = ["Ablation", "Field", "Look", "ablate", "look", "receptive_field"]
