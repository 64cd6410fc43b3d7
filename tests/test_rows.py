"""Every kind of wrong cell is an error that names row, column, value and what is allowed there."""

import pytest

import mobiviz as mv
from mobiviz.rows import read_rows

GOOD = {
    "V1": """
        Type / Stride   | Filter Shape  | Input Size
        Conv / s2       | 3x3x3x32      | 32x32x3
        2x Conv dw / s1 | 3x3x32 dw     | 16x16x32
        2x Conv / s1    | 1x1x32x32     | 16x16x32
        Avg Pool / s1   | Pool 16x16    | 16x16x32
        FC / s1         | 32x1000       | 1x1x32
        Softmax / s1    | Classifier    | 1x1x1000
    """,
    "V2": """
        Input   | Operator      | t | c    | n | s
        32²x3   | conv2d        | - | 16   | 1 | 2
        16^2x16 | bottleneck    | 6 | 24   | 2 | 2
        8x8x24  | avgpool 8x8   | - | -    | 1 | -
        1²x24   | conv2d 1x1    | - | k    | - | -
    """,
    "V3": """
        Input  | Operator        | exp size | #out | SE | NL | s
        32²x3  | conv2d, 3x3     | -        | 16   | -  | HS | 2
        16²x16 | bneck, 5x5      | 64       | 24   | ✓  | RE | 2
        8²x24  | pool, 8x8       | -        | -    | -  | -  | 1
        1²x24  | conv2d 1x1, NBN | -        | 64   | -  | HS | 1
        1²x64  | conv2d 1x1, NBN | -        | k    | -  | -  | 1
    """,
}

WRONG = [  # family, what stands there, what stands there instead, the error
    ("V1", "Conv / s2 ", "Konv / s2", r"row 1, column 'Type / Stride': value 'Konv' .* Conv dw, .*did you mean 'Conv'"),
    ("V1", "Conv / s2 ", "Conv / s3", r"row 1, column 'Type / Stride': 'Conv / s3' is not .* s1 or s2"),
    ("V1", "Conv / s2 ", "0x Conv / s2", "row 1, column 'Type / Stride'"),
    ("V1", "3x3x3x32", "3x3x3", r"row 1, column 'Filter Shape': '3x3x3' is not kxkxMxN, as 3x3x3x32"),
    ("V1", "3x3x3x32", "3x5x3x32", "row 1, column 'Filter Shape': a kernel of 3x5 .*square and odd"),
    ("V1", "3x3x3x32", "4x4x3x32", "row 1, column 'Filter Shape': a kernel of 4x4 .*square and odd"),
    ("V1", "3x3x3x32", "3x3x4x32", "row 1, column 'Filter Shape': the kernel reads 4 channels, the input has 3"),
    ("V1", "3x3x32 dw", "3x3x32", "row 2, column 'Filter Shape': '3x3x32' is not kxkxM dw"),
    ("V1", "3x3x32 dw", "3x3x16 dw", "row 2, column 'Filter Shape': the kernel reads 16 channels, the input has 32"),
    ("V1", "2x Conv / s1", "Conv / s1", "row 3, column 'Type / Stride': stands 1 times, the 'Conv dw' above it 2"),
    ("V1", "2x Conv dw / s1", "Conv dw / s1", "row 3, column 'Type / Stride': stands 2 times"),
    ("V1", "2x Conv dw / s1", "2x Conv dw / s2", "row 2, column 'Type / Stride': only a convolution that keeps"),
    ("V1", "2x Conv / s1", "2x Conv / s2", "row 3, column 'Type / Stride'"),
    ("V1", "1x1x32x32", "3x3x32x32", "row 3, column 'Type / Stride': .*is followed by its 1x1"),
    ("V1", "1x1x32x32", "1x1x32x64", "row 3, column 'Type / Stride': only a convolution that keeps"),
    ("V1", "Avg Pool / s1", "3x Avg Pool / s1", "row 4, column 'Type / Stride': only a convolution"),
    ("V1", "Pool 16x16", "Pool 7x7", "row 4, column 'Filter Shape': 7x7 is not the whole map of 16x16"),
    ("V1", "Pool 16x16", "7x7", "row 4, column 'Filter Shape': '7x7' is not Pool and the map's size"),
    ("V1", "32x1000", "32", "row 5, column 'Filter Shape': '32' is not MxN, as 1024x1000"),
    ("V1", "Classifier", "Classify", "row 6, column 'Filter Shape': 'Classify' is not Classifier"),
    ("V1", "32x32x3\n", "32x16x3\n", "row 1, column 'Input Size': '32x16x3' is not square"),
    ("V1", "16x16x32\n", "17x17x32\n", "row 2, column 'Input Size': '17x17x32' is not the 16x16x32 of the row above"),
    ("V2", "bottleneck", "bottlneck", r"row 2, column 'Operator': .*conv2d, bottleneck, avgpool; did you mean 'bott"),
    ("V2", "bottleneck", "bottleneck 2x2", "row 2, column 'Operator': a kernel of 2x2"),
    ("V2", "16^2x16", "16x16", "row 2, column 'Input': '16x16' is not an input such as 112²x16"),
    ("V2", "32²x3", "0²x3", "row 1, column 'Input': '0²x3' is not an input"),
    ("V2", "| 6 | 24 ", "| 0 | 24 ", "row 2, column 't': '0' is not a whole number of at least 1, or - for none"),
    ("V2", "| 6 | 24 ", "| - | 24 ", "row 2, column 't': '-' is no expansion"),
    ("V2", "| - | 16 ", "| 6 | 16 ", "row 1, column 't': '6' stands only in a bottleneck's row"),
    ("V2", "| 6 | 24 ", "| 6 | x ", "row 2, column 'c': 'x' is not a whole number"),
    ("V2", "| 6 | 24 ", "| 6 | - ", "row 2, column 'c': - where a row pools, and only there"),
    ("V2", "| 6 | 24 ", "| 6 | k ", "row 2, column 'Operator': .*puts out classes, which follow only after the pool"),
    ("V2", "| - | -    | 1", "| - | 24    | 1", "row 3, column 'c': - where a row pools, and only there"),
    ("V2", "| 2 | 2", "| 2.5 | 2", "row 2, column 'n': '2.5' is not a whole number"),
    ("V2", "| 2 | 2", "| 2 | 3", "row 2, column 's': a stride of 3 is not one of 1, 2"),
    ("V2", "avgpool 8x8", "avgpool 7x7", "row 3, column 'Operator': 7x7 is not the whole map of 8x8"),
    ("V2", "conv2d 1x1 ", "conv2d 3x3 ", "row 4, column 'Operator': 'conv2d 3x3' is no single 1x1"),
    ("V2", "| k    | - |", "| k    | 2 |", "row 4, column 'Operator': 'conv2d 1x1' is no single 1x1"),
    ("V3", "bneck, 5x5", "bneck, 5x3", "row 2, column 'Operator': a kernel of 5x3"),
    ("V3", "bneck, 5x5", "bneck; 5x5", "row 2, column 'Operator': 'bneck; 5x5' is not an operator such as"),
    ("V3", "bneck, 5x5", "bneck, 5x5, NBN", "row 2, column 'Operator': .*only a 1x1 after the pool goes without"),
    ("V3", "| 64       | 24", "| -        | 24", "row 2, column 'exp size': '-' is no width"),
    ("V3", "| -        | 16", "| 64       | 16", "row 1, column 'exp size': '64' stands only in a bottleneck's row"),
    ("V3", "✓", "yes", "row 2, column 'SE': value 'yes' is not one of ✓, -"),
    ("V3", "| k    | -  |", "| k    | ✓  |", "row 5, column 'SE': '✓' stands only in a bottleneck's row"),
    ("V3", "RE", "ER", "row 2, column 'NL': value 'ER' is not one of RE, HS, -; did you mean 'RE'"),
    ("V3", "| RE | 2", "| RE | 0", "row 2, column 's': '0' is not a whole number"),
    ("V3", "| 64   | -  | HS", "| k   | -  | HS", "row 5, column 'Operator': .*follows the classes"),
    ("V3", "conv2d 1x1, NBN | -        | 64", "bneck, 3x3 | 64 | 64", "row 4, column 'Operator': .*no single 1x1"),
    ("V3", "| RE | 2", "| RE", "row 2 has 6 cells, its table 7 columns"),
]  # fmt: skip


@pytest.mark.parametrize("family", GOOD)
def test_a_good_table_is_read(family):
    assert read_rows(GOOD[family])[0] == family


@pytest.mark.parametrize(("family", "there", "instead", "words"), WRONG)
def test_a_wrong_cell_names_its_place_and_what_is_allowed(family, there, instead, words):
    assert there in GOOD[family]
    with pytest.raises(ValueError, match=words):
        read_rows(GOOD[family].replace(there, instead, 1))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a table needs a line of column names and at least one row"),
        ("Input | Operator | t | c | n | s", "at least one row"),
        (GOOD["V3"].replace("exp size", "exp"), "columns 'Input | Operator | exp | .* use one of: .*exp size"),
        ("\n".join(GOOD["V1"].splitlines()[:4]), "row 2, column 'Type / Stride': a 'Conv dw' is followed by its 1x1"),
    ],
)
def test_a_wrong_table_says_what_is_missing(text, words):
    with pytest.raises(ValueError, match=words.replace("|", r"\|")):
        read_rows(text)


def test_cells_become_the_papers_letters():
    row = mv.V3_LARGE.rows[4]
    assert (row.op, row.size, row.in_ch, row.k, row.exp, row.c, row.se, row.nl, row.s) == (
        "bottleneck", 56, 24, 5, 72, 40, True, "RE", 2,
    )  # fmt: skip
    assert str(row) == "56²x24 | bneck, 5x5 | 72 | 40 | ✓ | RE | 2"
    assert [row.op for row in mv.V1.rows[:3]] == ["conv", "dw", "pw"]
    assert [row.op for row in mv.V3_SMALL.rows[-3:]] == ["pool", "linear", "linear"]
    assert (mv.V2.rows[2].t, mv.V2.rows[2].n, mv.V2.rows[2].out_size) == (6, 2, 56)


def test_widths_follow_alpha_by_their_rules():
    assert {row.out_rule for row in mv.V1.rows} == {"down", "classes"}
    assert [row.in_rule for row in mv.V2.rows[:2]] == ["fixed", "to 8"]
    assert [row.out_rule for row in mv.V2.rows[-4:]] == ["to 8", "head", "head", "classes"]
    assert [row.out_rule for row in mv.V3_LARGE.rows[-4:]] == ["to 8", "to 8", "head", "classes"]
