// What makes the pages nicer; every one of them works without it.
'use strict';

// A form is sent once, however often its button is pressed.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.method === 'post') form.dataset.sent = 'yes';
});

// Who signs out leaves nothing on the device.
document.querySelector('form[action="/sign-out"]')?.addEventListener('submit', () => {
  try {
    localStorage.clear();
  } catch {
    // Nothing can be kept on this device.
  }
});

// Who comes back to a page by "back" can send its forms again.
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
});

// What is wrong is read out, and the keyboard is there.
document.querySelector('.notice.wrong, .notice.done')?.focus();

// A filter answers to a choice. What is typed is sent by Enter or the button, when it is whole.
for (const form of document.querySelectorAll('form.filter')) {
  form.addEventListener('change', (event) => {
    if (event.target.matches('select, [type="checkbox"], [type="radio"]')) form.requestSubmit();
  });
}

// Everything ticked at once.
for (const all of document.querySelectorAll('input[data-all]')) {
  all.closest('.choice, th, td')?.removeAttribute('hidden');
  all.addEventListener('change', () => {
    for (const box of document.getElementsByName(all.dataset.all)) box.checked = all.checked;
  });
}

// What is for print is printed.
for (const button of document.querySelectorAll('button[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => print());
}
