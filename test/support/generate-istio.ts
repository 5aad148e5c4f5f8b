import { writeIstioFiles } from './istio-folders.ts'

// `npm run generate`: prints the objects of istio/ for the configuration of the kubeflow component.
writeIstioFiles()
