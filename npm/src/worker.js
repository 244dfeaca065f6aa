// The worker that a pool starts in a browser and in Deno.
import { serve } from './serving.js';

const hear = serve((message) => self.postMessage(message));
self.onmessage = ({ data }) => hear(data);
