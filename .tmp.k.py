import json,subprocess,sys,glob,os
for j in sorted(glob.glob('/work/shared/cases/kernel/*.json')):
    c=json.load(open(j)); n=os.path.basename(j)[:-5]
    exp={}
    r=json.load(open(j[:-5]+'.snaps/result.json'))
    print('==',n)
    for w in r['wrong']: print('   kernel:',w['case']['src'],w['case']['dst'],w['case']['kernel']['what'],w['case']['kernel'].get('out'))
    for p in c['packets']:
        a=['node','dist/start.js','trace','--from',j[:-5]+'.snaps/snap-kr','--at','kr','--src',p['src'],'--dst',p['dst'],'--proto','udp','--sport','4000','--dport','80']
        if not p.get('sent'): a+=['--in','in0']
        o=subprocess.run(a,capture_output=True,text=True)
        print('  ',p); print('      '+'\n      '.join((o.stdout+o.stderr).strip().split('\n')[2:]))
