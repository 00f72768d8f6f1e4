"""Asks Ansible much in one process: most of the time of one command is Ansible's start.

Reads a JSON list of questions and prints a list of answers. {"cwd": ..., "argv": [...]} is a command line of
ansible-inventory, answered by {"stdout": ..., "stderr": ...}. {"cwd": ..., "sources": [...], "limits": [...]} asks for
the hosts that each --limit leaves: a list of lists, null where Ansible fails.
"""
import json
import os
import sys
import tempfile

from ansible.cli.inventory import InventoryCLI
from ansible.errors import AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import vars_loader


def in_child(cwd, action):
    outputs = [tempfile.TemporaryFile() for _ in range(2)]
    child = os.fork()
    if child == 0:
        os.dup2(outputs[0].fileno(), 1)
        os.dup2(outputs[1].fileno(), 2)
        os.chdir(cwd)
        try:
            action()
        except SystemExit:
            pass
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    os.waitpid(child, 0)
    for output in outputs:
        output.seek(0)
    stdout, stderr = [output.read().decode() for output in outputs]
    return {"stdout": stdout, "stderr": stderr}


def hosts_left(sources, limits):
    inventory = InventoryManager(DataLoader(), sources)
    for limit in limits:
        inventory.subset(limit)
        try:
            yield [host.name for host in inventory.list_hosts("all")]
        except AnsibleError:
            yield None


def answer(question):
    cwd = question["cwd"]
    if "argv" in question:
        return in_child(cwd, lambda: InventoryCLI.cli_executor(question["argv"]))
    limits = lambda: print(json.dumps(list(hosts_left(question["sources"], question["limits"]))))
    return json.loads(in_child(cwd, limits)["stdout"])


# what every child would load
InventoryManager(DataLoader(), ["localhost,"])
list(vars_loader.all())
json.dump([answer(question) for question in json.load(sys.stdin)], sys.stdout)
