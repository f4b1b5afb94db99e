"""Writes both parts: python build.py CACHE OUT. Sources that share a schema stay together; the split is the most even of many drawn with a fixed seed."""
import collections
import csv
import random
import shutil
import sys

import foreign
import generate

TOGETHER = [("medsynth_mx", "medsynth_es", "medsynth_ar"), ("fabrikate_a", "fabrikate_b", "finforge"), ("rdata_medical", "rdata_gt", "rdata_misc"), ("omop_synthetic", "carebundle_fhir")]


def counted(r):
    return not ("quasi" in r[5].split(";")[0] or "empty" in r[5].split(";")[0] or r[4].endswith("_ORG"))


def main(cache, out):
    tmp = cache + "/built"
    shutil.rmtree(tmp, ignore_errors=True)
    rows = generate.main(tmp) + foreign.main(cache, tmp)
    group = {s: g[0] for g in TOGETHER for s in g}
    per = collections.defaultdict(collections.Counter)
    for r in rows:
        if counted(r):
            per[group.get(r[0], r[0])][r[6], "NONE" if r[3] == "NONE" else r[3]] += 1
    for r in rows: per[group.get(r[0], r[0])]
    keys = sorted(per); total = sum(per.values(), collections.Counter())
    weight = {"SECRETS": 6, "FINANCIAL": 4, "PHI": 2, "PII": 1, "NONE": 0.4}
    rnd = random.Random(5); best = None
    for _ in range(30000):
        pick = {k for k in keys if rnd.random() < 0.5}
        c = sum((per[k] for k in pick), collections.Counter())
        cost = sum(weight.get(k[1], 1) * (c[k] - n / 2) ** 2 for k, n in total.items())
        if best is None or cost < best[0]: best = cost, pick
    for part in ("open", "sealed"):
        shutil.rmtree(f"{out}/{part}", ignore_errors=True)
        mine = [r for r in rows if (group.get(r[0], r[0]) in best[1]) == (part == "open")]
        for s in sorted({r[0] for r in mine}): shutil.copytree(f"{tmp}/{s}", f"{out}/{part}/{s}")
        with open(f"{out}/{part}/labels.csv", "w", newline="", encoding="utf-8") as f:
            w = csv.writer(f); w.writerow("source,table,column,category,type,note,origin".split(",")); w.writerows(mine)
        c = collections.Counter((r[6], r[3]) if counted(r) else "left out" for r in mine)
        print(part, len(mine), "columns,", len({r[0] for r in mine}), "sources", len({(r[0], r[1]) for r in mine}), "tables")
        for k, n in sorted(c.items(), key=str): print("   ", k, n)


if __name__ == "__main__":
    main(*sys.argv[1:])
