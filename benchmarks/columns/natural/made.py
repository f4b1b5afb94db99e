"""Runs the packages that make their own records; run in CACHE, where foreign.py looks for the files.

The command-line makers are run beside it:
  carebundle generate --profile mixed --count 60 --seed 20261 --format ndjson --out x/care
  clinosim simulate -o clin -p 800 -s 7 --country US --start 2024-01-01 --end 2024-06-30 --format csv
  figurant --name Nordhaven --size 150 --reference 2025-06-30 --out fig --format rows
  medsynth --num-patients 150 --seed 11 --locale es_MX --skip-freetext --output-dir med_es_MX   (and es_ES, es_AR)
  node retail.mjs   (faker seeded with 5150)
"""
import random,json
random.seed(77)
import numpy; numpy.random.seed(77)
from faker import Faker; Faker.seed(77)
from finforge import DatasetGenerator
d=DatasetGenerator(seed=77).with_users(20).for_months(1).generate(); d.to_csv('finforge.csv',index=False); print(d.shape,d.iloc[3].to_dict())
import bank_customer_generator as b
json.dump(b.BankCustomerGenerator().generate_customers(200),open('bank.json','w'))
from fabrikate import World
import dataclasses
def flat(x,p=''):
    o={}
    for k,v in x.items():
        if isinstance(v,dict): o.update(flat(v,p+k+'_'))
        else: o[p+k]=v
    return o
out={}
for l in ('en_GB','hi_IN','pt_BR','fr_FR'):
    w=World(locale=l,seed=5); out[l]=[flat(p.to_dict()) for p in w.people(180)]
w=World(locale='en_US',seed=9); out['companies']=[flat(c.to_dict()) for c in w.companies(90)]; out['transactions']=[flat(c.to_dict()) for c in w.transactions(200)]; out['products']=[flat(c.to_dict()) for c in w.products(120)]
json.dump(out,open('fabrikate.json','w'),ensure_ascii=False)
for k in out: print(k,out[k][2])
from data_generator.generator import Generator
g=Generator(); rows=[]
for i in range(160):
    q={m:g.generate(m,1)[0] for m in g.get_available_modules()}
    rows.append(q)
json.dump(rows,open('az.json','w'),ensure_ascii=False)
import random, json, glob, datetime
random.seed(3)
from faker_pk import FakerPKProvider
try: p=FakerPKProvider()
except TypeError:
    from faker import Faker; Faker.seed(3); p=FakerPKProvider(Faker())
out=[]
for i in range(160):
    r={}
    for k in 'pk_male_name pk_cnic pk_phone_number pk_sim_provider pk_caste pk_sect pk_dob pk_full_address pk_city pk_province pk_company_name pk_industry_name pk_bank_name pk_iban pk_job_title pk_salary'.split():
        k2='pk_female_name' if k=='pk_male_name' and i%2 else k
        v=getattr(p,k2)(); r[k[3:].replace('male_name','name')]=v if not isinstance(v,(list,tuple)) else v[0]
    out.append(r)
print(out[0],out[1]); json.dump(out,open('pk.json','w'),ensure_ascii=False,default=str)
a=[]
for f in sorted(glob.glob('venv/lib/python*/site-packages/fakexyz/data/*.json')):
    d=json.load(open(f)); a+=d if isinstance(d,list) else []
print(len(a), {k for x in a for k in x}, sum(bool(x.get('Latitude')) for x in a)); json.dump(a,open('fakexyz.json','w'),ensure_ascii=False)
from dumph import Dummy
k = "id status first_name last_name full_name gender birthdate age civil_status blood_type email phone_number landline full_address barangay city_mun province region zip_code sss_number tin_number philhealth_number color".split()
json.dump(Dummy().seed(200, {x: x for x in k}), open("dumph.json", "w"), ensure_ascii=False)
