"""Written from the statement of survives_10 alone, though by one who knew the exercise."""

from itertools import combinations, permutations


def right_permutations(laptop, phone):
    names = [name for name in laptop if name in phone]
    return {(p, q) for p, q in permutations(names, 2) if all(d[p][2] < d[q][1] for d in (laptop, phone))}


def right_combinations(laptop, phone):
    found = set()
    for p, q in combinations(sorted(laptop.keys() & phone.keys()), 2):
        for first, second in ((p, q), (q, p)):
            if laptop[first][2] < laptop[second][1] and phone[first][2] < phone[second][1]:
                found.add((first, second))
    return found


def right_sets(laptop, phone):
    sets = []
    for device in (laptop, phone):
        sets.append({(p, q) for p in device for q in device if device[p][2] < device[q][1]})
    return sets[0].intersection(sets[1])


def wrong_median(laptop, phone):
    names = laptop.keys() & phone.keys()
    return {(p, q) for p in names for q in names if laptop[p][0] < laptop[q][0] and phone[p][0] < phone[q][0]}


def wrong_combinations_one_way(laptop, phone):
    names = [name for name in laptop if name in phone]
    return {(p, q) for p, q in combinations(names, 2) if laptop[p][2] < laptop[q][1] and phone[p][2] < phone[q][1]}


def wrong_list(laptop, phone):
    return [tuple(sorted(pair)) for pair in right_sets(laptop, phone)]


def wrong_median_inside(laptop, phone):
    names = laptop.keys() & phone.keys()
    return {(p, q) for p in names for q in names if laptop[p][2] < laptop[q][0] and phone[p][2] < phone[q][0]}


def wrong_same_names_only(laptop, phone):
    if laptop.keys() != phone.keys():
        return set()
    return right_sets(laptop, phone)


RIGHT = [right_permutations, right_combinations, right_sets]
WRONG = [wrong_median, wrong_combinations_one_way, wrong_list, wrong_median_inside, wrong_same_names_only]
FIRST_TRY = (3, 4)
