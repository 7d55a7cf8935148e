// Files of a form: chosen, dropped or pasted, each is sent at once, so that no other field's error
// costs one, and each says for itself how far it is and why it was not taken.
const LARGEST = 20 * 2 ** 20;

/** One file on its way; resolves to what the server said, rejects when the line broke. */
function send(body, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', '/attachments');
    request.setRequestHeader('Accept', 'application/json');
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable) onProgress(Math.round((event.loaded / event.total) * 100));
    });
    request.addEventListener('load', () => {
      try {
        resolve({ ok: request.status < 300, told: JSON.parse(request.responseText) });
      } catch (error) {
        reject(error);
      }
    });
    for (const kind of ['error', 'abort', 'timeout']) request.addEventListener(kind, reject);
    request.send(body);
  });
}

/** A line of its own for each file: name, bar, and in the end nothing or the reason. */
function line(picker, file) {
  const made = document.createElement('li');
  const bar = Object.assign(document.createElement('progress'), { max: 100, value: 0 });
  bar.setAttribute('aria-label', `${file.name} 的上传进度`);
  const name = Object.assign(document.createElement('span'), { className: 'sending-name', textContent: file.name });
  made.append(name, bar);
  picker.querySelector('[data-sending]').append(made);
  return {
    progress: (percent) => { bar.value = percent; },
    done: () => made.remove(),
    refuse: (why) => {
      made.className = 'err';
      made.replaceChildren(`“${file.name}”没有收下：${why}`);
    },
  };
}

async function sendFile(picker, input, file) {
  const shown = line(picker, file);
  if (file.size > LARGEST) {
    shown.refuse('超过 20 MB，请压缩或者拆开再传。');
    return false;
  }
  const body = new FormData();
  body.set('csrf_token', picker.closest('form').elements.csrf_token.value);
  body.set('file', file);
  try {
    const { ok, told } = await send(body, shown.progress);
    if (!ok) shown.refuse(told.detail ?? '请再选一次。');
    else {
      shown.done();
      showFile(picker, input, told);
    }
    return ok;
  } catch {
    shown.refuse('没有传完，请看看网络，再选一次。');
    return false;
  }
}

function showFile(picker, input, { id, name }) {
  const list = picker.querySelector('.picked');
  if (!('multiple' in picker.dataset)) list.replaceChildren();
  const field = input.name.replace(/^upload-/, '');
  const item = picker.querySelector('template').content.firstElementChild.cloneNode(true);
  item.querySelector('input').name = field;
  item.querySelector('input').value = id;
  item.querySelector('a').href = `/attachments/${id}`;
  item.querySelector('a').textContent = name;
  item.querySelector('button').value = `${field}:${id}`;
  item.querySelector('button').ariaLabel = `移除 ${name}`;
  list.append(item);
  list.dispatchEvent(new Event('input', { bubbles: true }));
}

async function sendAll(picker, given) {
  const input = picker.querySelector('input[type="file"]');
  const says = picker.querySelector('[data-picker-says]');
  const files = 'multiple' in picker.dataset ? given : given.slice(0, 1);
  picker.querySelector('[data-sending]').replaceChildren();
  const buttons = document.querySelectorAll('[name="act"]');
  buttons.forEach((button) => { button.disabled = true; });
  let taken = 0;
  for (const [index, file] of files.entries()) {
    says.textContent = `正在上传 ${file.name}（${index + 1}/${files.length}）`;
    if (await sendFile(picker, input, file)) taken += 1;
  }
  buttons.forEach((button) => { button.disabled = false; });
  const left = given.length > files.length ? '这里只收一个文件，收的是第一个。' : '';
  says.textContent = taken ? `收下 ${taken} 个文件，提交或者存草稿以后才附到这件上。${left}` : '没有收下文件，原因写在上面。';
}

const pickerAt = (event) => event.target.closest?.('[data-picker]');
const filesIn = (data) => [...(data?.files ?? [])];
const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');

export function mountFiles(form) {
  form.addEventListener('change', (event) => {
    const picker = event.target.matches('[data-picker] input[type="file"]') && pickerAt(event);
    if (!picker || !event.target.files.length) return;
    const files = filesIn(event.target);
    event.target.value = '';
    sendAll(picker, files);
  });
  form.addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault(); // beside the field too: a browser would open the file and leave the form
    const picker = pickerAt(event);
    event.dataTransfer.dropEffect = picker ? 'copy' : 'none';
    for (const one of form.querySelectorAll('[data-picker]')) one.classList.toggle('is-over', one === picker);
  });
  form.addEventListener('dragleave', (event) => {
    if (!event.relatedTarget?.closest?.('.is-over')) for (const one of form.querySelectorAll('.is-over')) one.classList.remove('is-over');
  });
  form.addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    const picker = pickerAt(event);
    picker?.classList.remove('is-over');
    const files = filesIn(event.dataTransfer);
    if (picker && files.length) sendAll(picker, files);
  });
  // A picture of the screen, pasted while the field has focus.
  form.addEventListener('paste', (event) => {
    const picker = pickerAt(event);
    const files = filesIn(event.clipboardData);
    if (!picker || !files.length) return;
    event.preventDefault();
    sendAll(picker, files);
  });
  form.addEventListener('click', (event) => {
    const button = event.target.closest('[name="remove_file"]');
    if (!button) return;
    event.preventDefault();
    const picker = button.closest('[data-picker]');
    button.closest('li').remove();
    picker.dispatchEvent(new Event('input', { bubbles: true }));
    picker.querySelector('input[type="file"]').focus();
  });
}
