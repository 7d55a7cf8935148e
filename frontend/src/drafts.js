// What is typed is kept on the server while it is typed, and nothing is sent off into the void.
// A form with data-keep is a draft; any other form is only asked, before it is sent, whether the
// server and the session are still there. Nothing is kept in the browser: the screen may be shared.
import { mountFiles } from './form/files.js';
import { mountHiding } from './form/hiding.js';
import { mountPreview } from './form/preview.js';
import { mountReckoning } from './form/reckoning.js';
import { mountRows } from './form/rows.js';

const PAUSE = 2000;
const SHORT_PAUSE = 700; // where somebody waits for what comes of it
const RETRIES = [3000, 8000, 20000];
const LONGEST_LAST_WORD = 60000; // what browsers let a closing page send
const BUTTONS = /^(paste-|draft-|csrf_token$)/;

export function mount(form) {
  mountHiding(form); // first: the preview shows what is seen
  mountRows(form);
  mountFiles(form);
  mountPreview(form);
  mountReckoning(form);
  const says = form.querySelector('[data-saved]') ?? document.querySelector('[data-saved]');
  const tell = speaker(says);
  const check = form.dataset.keep ? keepDraft(form, tell) : () => reach(tell);
  guard(form, check);
}

// ── the line beside the buttons ─────────────────────────────────────────────
function speaker(says) {
  return (words, kind = '', ...acts) => {
    if (!says) return;
    says.className = `saved${kind ? ` saved--${kind}` : ' muted'}`;
    says.replaceChildren(words, ...acts);
    says.hidden = !words;
  };
}

function link(words, href) {
  const made = document.createElement('a');
  Object.assign(made, { href, target: '_blank', rel: 'opener', textContent: words });
  return made;
}

function button(words, act) {
  const made = document.createElement('button');
  Object.assign(made, { type: 'button', className: 'btn btn--s', textContent: words, onclick: act });
  return made;
}

const loginLink = () => link('另开一页登录', '/login');

// ── sending: first it is made sure that the answer can come ─────────────────
function guard(form, check) {
  let asking = false;
  let isSure = false;
  form.addEventListener('submit', async (event) => {
    if (isSure) {
      isSure = false;
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (asking || form.dataset.sent) return;
    asking = true;
    const { submitter } = event;
    isSure = await check(submitter);
    asking = false;
    if (isSure) form.requestSubmit(submitter);
  });
}

async function reach(tell) {
  try {
    const answer = await fetch('/alive', { headers: { Accept: 'application/json' }, cache: 'no-store' });
    if (answer.ok) {
      const { csrf_token: token } = await answer.json();
      for (const field of document.querySelectorAll('[name="csrf_token"]')) field.value = token;
      tell('');
      return true;
    }
    if (answer.status === 401) tell('登录已经过期，填的都还在这一页，没有提交。请', 'late', loginLink(), '，再回来按一次。');
    else tell('系统暂时不能办理，还没有提交，填的都在这一页。请稍后再按一次。', 'late');
  } catch {
    tell('连不上系统，还没有提交，填的都在这一页。请看看网络，再按一次。', 'late');
  }
  return false;
}

// ── drafts ──────────────────────────────────────────────────────────────────
function keepDraft(form, tell) {
  const field = (name) => form.elements[`draft-${name}`];
  let kept = 'unsaved' in form.dataset || isTouched() ? null : read();
  let running = null;
  let timer = 0;
  let failures = 0;
  let isWaiting = false; // for somebody: to choose, to sign in, to mend a field

  /** Something was typed, or put back by the browser, before this module had arrived. */
  function isTouched() {
    return [...form.elements].some((one) => {
      if (one.type === 'hidden' || !one.name) return false;
      if (one.type === 'checkbox' || one.type === 'radio') return one.checked !== one.defaultChecked;
      if (one.options) {
        const chosen = [...one.options].filter((o) => o.defaultSelected);
        return chosen.length ? chosen.some((o) => !o.selected) : one.selectedIndex > 0;
      }
      return one.type !== 'file' && 'defaultValue' in one && one.value !== one.defaultValue;
    });
  }

  function read() {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === 'string' && !BUTTONS.test(name)) body.append(name, value);
    }
    return body.toString();
  }

  function later(pause) {
    clearTimeout(timer);
    timer = setTimeout(save, pause);
  }

  async function save() {
    clearTimeout(timer);
    while (running) await running;
    if (read() === kept) return true;
    running = send();
    try {
      return await running;
    } finally {
      running = null;
    }
  }

  async function send(isLeaving = false, isSecond = false) {
    const content = read();
    field('turn').value = Number(field('turn').value) + 1;
    const body = new URLSearchParams(content);
    for (const name of ['page', 'base', 'turn', 'person']) body.set(`draft-${name}`, field(name).value);
    body.set('csrf_token', form.elements.csrf_token.value);
    const text = body.toString();
    try {
      const answer = await fetch(form.dataset.keep, {
        method: 'POST',
        body: text,
        headers: { Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded' },
        keepalive: isLeaving && text.length < LONGEST_LAST_WORD,
      });
      const told = await answer.json();
      if (told.code === 'csrf' && !isSecond && !isLeaving) { // a login in another window changed the token
        if (await reach(tell)) return send(false, true);
        isWaiting = true;
        later(RETRIES.at(-1));
        return false;
      }
      if (!answer.ok) return refused(answer.status, told);
      settle(content, told);
      return true;
    } catch {
      return again();
    }
  }

  function settle(content, told) {
    kept = content;
    failures = 0;
    isWaiting = false;
    if (form.dataset.keep !== told.keep) { // the first turn made the draft
      form.dataset.keep = told.keep;
      form.action = told.edit;
      history.replaceState(history.state, '', told.edit);
    }
    if (read() === kept) {
      tell(`${told.clock} 已自动保存，关掉页面也不会丢`, 'ok');
      form.dispatchEvent(new CustomEvent('kept', { bubbles: true }));
    } else later(PAUSE);
  }

  function again() {
    tell('没有保存上，正在重试。填的都还在这一页。', 'late');
    later(RETRIES[Math.min(failures, RETRIES.length - 1)]);
    failures += 1;
    return false;
  }

  function refused(status, told) {
    isWaiting = true;
    if (status === 401) {
      tell('登录已经过期，填的都还在这一页。请', 'late', loginLink(), '，回来以后自动接着存。');
      later(RETRIES.at(-1));
    } else if (told.code === 'draft_elsewhere') {
      tell('这件刚才在另一个窗口里改过，这里填的没有存。', 'late',
        link('看那边存下的', form.dataset.keep.replace(/draft$/, 'edit')),
        button('以这里填的为准', () => {
          field('base').value = told.stamp;
          isWaiting = false;
          save();
        }));
    } else if (status >= 500 || status === 429) {
      isWaiting = false;
      return again();
    } else tell(`没有保存上：${told.errors?.[0]?.message ?? told.detail ?? '请把填的内容抄下来，刷新再填。'}`, 'late');
    return false;
  }

  const back = () => {
    if (document.visibilityState === 'visible' && read() !== kept && (failures || isWaiting)) save();
  };
  const lastWord = () => {
    if (document.visibilityState === 'hidden' && read() !== kept && !isWaiting) send(true);
  };
  const changed = (pause) => {
    if (isChoosing()) return;
    if (!failures && !isWaiting) tell('正在自动保存……');
    later(pause);
  };
  const pause = form.querySelector('[data-reckoned]') ? SHORT_PAUSE : PAUSE;
  form.addEventListener('input', () => changed(pause));
  form.addEventListener('change', () => { if (read() !== kept) changed(PAUSE / 4); });
  document.addEventListener('visibilitychange', () => { back(); lastWord(); });
  window.addEventListener('focus', back);
  window.addEventListener('online', back);
  window.addEventListener('pagehide', lastWord);
  const isChoosing = () => isWaiting && Boolean(document.querySelector('[data-saved] button'));

  if (kept !== null) tell('填的内容会自动保存');
  else {
    form.dispatchEvent(new Event('input', { bubbles: true }));
  }
  return async (submitter) => {
    if (submitter?.value === 'discard') return reach(tell);
    const isThere = read() === kept ? await reach(tell) : await save();
    if (isThere) field('turn').value = Number(field('turn').value) + 1;
    return isThere;
  };
}
