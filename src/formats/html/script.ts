/**
 * The script of the HTML report: it hides and shows what is there, and makes nothing. Without it all that is open can be
 * read as well.
 */
export const SCRIPT = `
'use strict';
const form = document.querySelector('form');
const count = document.querySelector('output');
const findings = [...document.querySelectorAll('.finding')];
const rules = [...document.querySelectorAll('.rule')];
const texts = new Map();
const textOf = (finding) => {
  if (!texts.has(finding)) texts.set(finding, finding.textContent.toLowerCase());
  return texts.get(finding);
};
function show() {
  const wanted = new FormData(form);
  const severities = wanted.getAll('severity');
  const [state, rule] = [wanted.get('state'), wanted.get('rule')];
  const [host, text] = ['host', 'text'].map((name) => wanted.get(name).trim().toLowerCase());
  let shown = 0;
  for (const finding of findings) {
    const { dataset } = finding;
    const isWanted =
      severities.includes(dataset.severity) &&
      (state === '' || dataset.state === state) &&
      (rule === '' || dataset.rule === rule) &&
      (host === '' || dataset.host.toLowerCase().includes(host)) &&
      (text === '' || textOf(finding).includes(text));
    finding.hidden = !isWanted;
    if (isWanted) shown += 1;
  }
  for (const section of rules) section.hidden = section.querySelector('.finding:not([hidden])') === null;
  count.textContent = shown + ' of ' + findings.length + ' shown';
}
document.querySelector('.filters').hidden = false;
let waiting = 0;
form.addEventListener('input', () => {
  clearTimeout(waiting);
  waiting = setTimeout(show, 80);
});
form.addEventListener('reset', () => setTimeout(show));
form.addEventListener('submit', (event) => event.preventDefault());
let opened = [];
addEventListener('beforeprint', () => {
  opened = [...document.querySelectorAll('details:not([open])')];
  for (const one of opened) one.open = true;
});
addEventListener('afterprint', () => {
  for (const one of opened) one.open = false;
});
show();
`;
