"""Interactive pictures, one `.py` and one `.js` per idea on one shared stage; each draws what it is given."""

from mobiviz.widgets.block_tube import Tube
from mobiviz.widgets.budget_dial import BudgetDial
from mobiviz.widgets.docket import Docket
from mobiviz.widgets.feature_bank import FeatureBank
from mobiviz.widgets.mac_race import Race
from mobiviz.widgets.macs_ms import MacsMs
from mobiviz.widgets.map_sheet import ContactSheet
from mobiviz.widgets.mixing_desk import MixingDesk
from mobiviz.widgets.net_skyline import Skyline
from mobiviz.widgets.noise_lamp import NoiseLamp
from mobiviz.widgets.odometer import Odometer
from mobiviz.widgets.path_down import PathDown
from mobiviz.widgets.relu_crusher import Crusher
from mobiviz.widgets.stage import Stage
from mobiviz.widgets.swish_magnifier import Magnifier
from mobiviz.widgets.three_blocks import Blocks
from mobiviz.widgets.tournament import Skin, Tournament
from mobiviz.widgets.two_clocks import TwoClocks

__all__ = [
    "Blocks",
    "BudgetDial",
    "ContactSheet",
    "Crusher",
    "Docket",
    "FeatureBank",
    "MacsMs",
    "Magnifier",
    "MixingDesk",
    "NoiseLamp",
    "Odometer",
    "PathDown",
    "Race",
    "Skin",
    "Skyline",
    "Stage",
    "Tournament",
    "Tube",
    "TwoClocks",
]
