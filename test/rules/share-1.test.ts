import { proveShare } from './share.ts';

proveShare(1);
