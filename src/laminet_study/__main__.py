"""The command `laminet-study` as a program, installed or as `python -m laminet_study`."""


def main() -> int:
    """Run the command; returns its exit code, 130 where Ctrl-C interrupts it before it begins."""
    try:
        from laminet_study.cli import main as command  # here because Ctrl-C may come while it is imported

        return command()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
