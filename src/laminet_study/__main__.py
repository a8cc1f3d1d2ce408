"""`python -m laminet_study` is the command `laminet-study`."""

from laminet_study.cli import main

raise SystemExit(main())
