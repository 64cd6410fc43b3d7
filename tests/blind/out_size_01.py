"""Written by someone who saw only the statement of out_size_01."""

import math


def right_formula(size, k, stride, padding):
    return (size + 2 * padding - k) // stride + 1


def right_walk(size, k, stride, padding):
    count = 0
    left = -padding
    while left + k <= size + padding:
        count += 1
        left += stride
    return count


def right_recursion(size, k, stride, padding):
    if padding:
        return right_recursion(size + 2 * padding, k, stride, 0)
    if size < k:
        return 0
    return 1 + right_recursion(size - stride, k, stride, 0)


def wrong_rounded_up(size, k, stride, padding):
    return math.ceil((size + 2 * padding - k) / stride) + 1


def wrong_no_plus_one(size, k, stride, padding):
    return (size + 2 * padding - k) // stride


def wrong_padding_once(size, k, stride, padding):
    return (size + padding - k) // stride + 1


def wrong_plus_one_inside(size, k, stride, padding):
    return (size + 2 * padding - k + 1) // stride


def wrong_true_division(size, k, stride, padding):
    return (size + 2 * padding - k) / stride + 1


RIGHT = [right_formula, right_walk, right_recursion]
WRONG = [
    wrong_rounded_up,
    wrong_no_plus_one,
    wrong_padding_once,
    wrong_plus_one_inside,
    wrong_true_division,
]
FIRST_TRY = (3, 5)
