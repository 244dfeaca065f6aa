// What a portal does with the events: it says when a rollback is due, and why.
const said = document.getElementById('said');
document.addEventListener('driftline-rollback', ({ detail }) => {
  const what = { acted: 'Rollback', acted_on_paper: 'Rollback, on paper', blocked: `Rollback, stopped by ${detail.blockedBy}` };
  said.textContent = `${what[detail.decision]}: ${detail.why}`;
});
document.addEventListener('driftline-error', ({ detail }) => { said.textContent = detail.message; });
