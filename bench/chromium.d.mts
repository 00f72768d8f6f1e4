/** A message of the browser that nobody asked for. */
export interface BrowserEvent {
  method: string;
  params: Record<string, unknown>;
}

export interface BrowserPage {
  send(method: string, params?: object): Promise<Record<string, unknown>>;
  evaluate(expression: string): Promise<unknown>;
  open(url: string): Promise<void>;
  events: BrowserEvent[];
}

export interface Chromium {
  withPage<T>(run: (page: BrowserPage) => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

export function startChromium(): Promise<Chromium>;
