import {faker} from '@faker-js/faker'; import * as g from 'data-generator-retail'; import fs from 'fs';
faker.seed(5150); const f=g.default?.default||g.default||g.generateData; const d=f({serializeDate:true}); fs.writeFileSync('out.json',JSON.stringify(d)); for(const k in d) console.log(k, Array.isArray(d[k])?d[k].length:'', JSON.stringify(Array.isArray(d[k])?d[k][3]:d[k]).slice(0,400));
