// A chart of the table beside it: what the table says is drawn, and nothing else is known here.
// Of ECharts only piled bars are taken, drawn as SVG: sharp on paper and in large text.
import { BarChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, GridComponent, SVGRenderer]);

const TONES = { late: '--red', soon: '--amber-dot', ok: '--green-dot', hold: '--grey-dot', done: '--accent', none: '--heat-3' };
const ON_LIGHT = new Set(['none']);
const NAMED = 0.05; // of the longest pile: on less a number has no room
const A_BAR = 36; // pixels, with the room around it
const AROUND = 40;

const styles = getComputedStyle(document.documentElement);
const value = (name) => styles.getPropertyValue(name).trim();
const colour = (tone) => value(TONES[tone] ?? '--accent');
const letters = () => parseFloat(styles.fontSize) * 1.2;
const number = (cell) => Number(cell.textContent.trim()) || 0;

/** What is piled up are the columns whose heading has a tone; a row that has one gives its own. */
function read(table) {
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...table.tBodies[0].rows];
  const labels = rows.map(({ cells: [first] }) => first.dataset.short ?? first.textContent.trim());
  const piles = heads.flatMap((head, place) => (head.dataset.tone ? [{
    name: head.textContent.trim(),
    tone: head.dataset.tone,
    data: rows.map((row) => ({ value: number(row.cells[place]), tone: row.dataset.tone ?? head.dataset.tone })),
  }] : []));
  return { labels, piles };
}

const longest = (piles) => Math.max(...piles[0].data.map((_, row) => piles.reduce((sum, { data }) => sum + data[row].value, 0)));

function item({ value: count, tone }, place, most) {
  return {
    value: count || null,
    itemStyle: {
      color: tone === 'hold' ? value('--paper') : colour(tone),
      borderColor: tone === 'hold' ? value('--grey-dot') : value('--paper'),
      borderWidth: tone === 'hold' ? 2 : 1,
      opacity: place && tone !== 'hold' ? 0.6 : 1,
    },
    label: { show: count >= NAMED * most, color: place || tone === 'hold' || ON_LIGHT.has(tone) ? value('--ink') : value('--paper') },
  };
}

function option({ labels, piles }, lies) {
  const text = { color: value('--ink-2'), fontSize: letters(), fontFamily: value('--sans') };
  const names = {
    type: 'category', data: labels, inverse: lies, axisTick: { show: false },
    axisLine: { lineStyle: { color: value('--line-2') } },
    axisLabel: { ...text, interval: 0, hideOverlap: !lies, ...(lies && { width: letters() * 9, overflow: 'truncate' }) },
  };
  const counts = {
    type: 'value', minInterval: 1, splitNumber: 4, axisLabel: text,
    splitLine: { lineStyle: { color: value('--line') } },
  };
  const most = longest(piles);
  const shared = piles.every(({ tone }) => tone === 'own');
  return {
    animation: false,
    grid: { left: 4, right: 16, top: 16, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: lies ? counts : names,
    yAxis: lies ? names : counts,
    series: piles.map(({ name, data }, place) => ({
      name, type: 'bar', stack: 'all', barMaxWidth: 32, silent: true,
      data: data.map((one) => item(one, shared ? place : 0, most)),
      label: { fontSize: letters(), fontFamily: value('--sans') },
    })),
  };
}

export function mount(element) {
  const table = element.parentElement.querySelector('table');
  const found = read(table);
  const lies = element.dataset.shape === 'bars';
  if (!found.piles.some(({ data }) => data.some((one) => one.value))) return;
  element.hidden = false;
  if (lies) element.style.height = `${found.labels.length * A_BAR + AROUND}px`;
  const chart = init(element, null, { renderer: 'svg' });
  chart.setOption(option(found, lies));
  new ResizeObserver(() => chart.resize()).observe(element);
}
