"""The screens: runs, one run, its logs, two runs beside each other, a form to start one."""
