"""`python -m laminet` is the command `laminet`."""

from laminet.cli import main

raise SystemExit(main())
