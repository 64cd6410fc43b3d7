"""`python -m mobiviz`, for where the console script is not on the path."""

from mobiviz.cli import main

raise SystemExit(main())
