"""Written from the statement of own_claim_13 alone, by someone who had seen nothing of its check."""

CLAIM = {
    "quote": "MobileNet is nearly as accurate as VGG16 while being 32 times smaller",
    "source": "arXiv 1704.04861",
    "computed": 138.4 / 4.23,
    "verdict": "TRUE",
}


def right_times_smaller():
    return CLAIM


def right_an_address():
    return {
        "quote": "SqueezeNet achieves AlexNet-level accuracy on ImageNet with 50x fewer parameters.",
        "source": "https://arxiv.org/abs/1602.07360",
        "computed": 49,
        "verdict": "FALSE",
    }


def right_a_year():
    return {
        "verdict": "TRUE IF",
        "computed": -18.6,
        "source": "Howard et al., Searching for MobileNetV3, ICCV 2019",
        "quote": "MobileNetV3-Large is 3.2% more accurate on ImageNet, while reducing latency by 20% compared to V2",
    }


def wrong_no_number():
    return CLAIM | {"quote": "MobileNets are small, low-latency, low-power models."}


def wrong_heard_somewhere():
    return CLAIM | {"source": "a lecture"}


def wrong_verdict_of_its_own():
    return CLAIM | {"verdict": "MOSTLY TRUE"}


def wrong_not_computed():
    return {key: value for key, value in CLAIM.items() if key != "computed"}


def wrong_words_for_a_number():
    return CLAIM | {"computed": "about as much as they say"}


def wrong_no_keys():
    return list(CLAIM.values())


def wrong_nothing_computed_yet():
    return CLAIM | {"computed": float("nan")}


RIGHT = [right_times_smaller, right_an_address, right_a_year]
WRONG = [
    wrong_no_number,
    wrong_heard_somewhere,
    wrong_verdict_of_its_own,
    wrong_not_computed,
    wrong_words_for_a_number,
    wrong_no_keys,
    wrong_nothing_computed_yet,
]
FIRST_TRY = (3, 6)
