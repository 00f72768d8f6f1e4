"""Runs many commands of Ansible in one process: most of the time of one command is Ansible's start.

Reads a JSON list of {"argv": [...], "cwd": ...} and prints one of {"status": ..., "stdout": ..., "stderr": ...}.
"""
import json
import os
import sys
import tempfile

from ansible.cli.adhoc import AdHocCLI
from ansible.cli.inventory import InventoryCLI
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import vars_loader

PROGRAMS = {"ansible": AdHocCLI, "ansible-inventory": InventoryCLI}


def run(argv, cwd):
    outputs = [tempfile.TemporaryFile() for _ in range(2)]
    child = os.fork()
    if child == 0:
        os.dup2(outputs[0].fileno(), 1)
        os.dup2(outputs[1].fileno(), 2)
        os.chdir(cwd)
        try:
            PROGRAMS[argv[0]].cli_executor(argv)
            status = 0
        except SystemExit as end:
            status = end.code or 0
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    for output in outputs:
        output.seek(0)
    stdout, stderr = [output.read().decode() for output in outputs]
    return {"status": status, "stdout": stdout, "stderr": stderr}


# what every child would load
InventoryManager(DataLoader(), ["localhost,"])
list(vars_loader.all())
json.dump([run(**command) for command in json.load(sys.stdin)], sys.stdout)
