// What arrives on the event channel, and what the content policy refuses, for the specs to read.
window.batches = []
window.violations = []
document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective))
window.stopListening = window.weir.on((events) => window.batches.push(events))
document.documentElement.dataset.ready = 'yes'
