"""Written from the statement of own_claim_13 alone, though by one who knew the exercise."""


def claim(**changes):
    return {
        "quote": "MobileNetV1 has 4.2 million parameters",
        "source": "Howard et al. 2017",
        "computed": 4.23,
        "verdict": "TRUE",
    } | changes


RIGHT = [
    claim(),
    claim(source="https://arxiv.org/abs/1704.04861", verdict="TRUE IF"),
    claim(quote="It takes less than 600 MFLOPs on a photo", computed=1137, verdict="FALSE", source="arXiv:1704.04861"),
]
WRONG = [
    claim(verdict="true"),
    claim(source="a friend"),
    claim(quote="It is small"),
    claim(computed=None),
    "MobileNetV1 has 4.2 million parameters, TRUE",
]
FIRST_TRY = (3, 5)
