#!/usr/bin/python3
"""What graph.py must do, one check a name: graphcheck.py TOP MATERIAL NAME

Is silent if the check holds, else it says what was wanted and what came, and
exits 1.  `graphcheck.py` alone lists the names.
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import graphcheckevents	# noqa: E402
import graphcheckitems	# noqa: E402
import graphcheckways	# noqa: E402
from graphask import Ask	# noqa: E402


def main(top=None, material=None, name=None, *rest):
    checks = {n[6:]: f for m in (graphcheckways, graphcheckitems,
                                 graphcheckevents)
              for n, f in vars(m).items() if n.startswith('check_')}
    if top is None:
        print('\n'.join(checks))
        return 0
    try:
        checks[name](Ask(top), material, *rest)
    except AssertionError as e:
        print(e)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
