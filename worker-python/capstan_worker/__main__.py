import sys


def main():
    arguments = sys.argv[1:]
    if arguments[:1] == ["introspect"]:
        from .serving.introspect import main as introspect

        return introspect(arguments[1:])
    from .serving.serve import BY_HAND, serve

    if arguments:
        sys.stderr.write(BY_HAND)
        return 2
    return serve()


if __name__ == "__main__":
    sys.exit(main())
