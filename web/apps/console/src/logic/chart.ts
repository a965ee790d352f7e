import { formatMoney } from '@shuke/shared'
import type { BarSeriesOption, LineSeriesOption } from 'echarts/charts'
import type { AriaComponentOption, GridComponentOption, TooltipComponentOption } from 'echarts/components'
import type { ComposeOption } from 'echarts/core'
import type { Figures } from '../api/types'
import { count, percent, plotted, type Part } from './figures'

/** What a chart of days may hold. */
export type DaysOption = ComposeOption<BarSeriesOption | LineSeriesOption | GridComponentOption | TooltipComponentOption | AriaComponentOption>

/** Colours of a chart, taken from the tokens. */
export interface ChartColors { text: string; quiet: string; line: string; fill: string; today: string; raised: string; font: string }

/** The value of a part as people read it. */
export function shown(f: Figures, part: Part): string {
  if (part === 'visitors') return count(f.visitors)
  return part === 'conversion' ? percent(f.conversion) : formatMoney(f[part], { group: true })
}

const short = (day: string) => day.slice(5).replace('-', '/').replace(/\b0/g, '')

/** A chart of one part over the days: bars for sums, a line for ratios; today, which is not over, is lighter. */
export function daysOption(days: readonly Figures[], part: Part, name: string, c: ChartColors): DaysOption {
  const sums = part === 'visitors' || part === 'sales'
  const label = { color: c.quiet, fontFamily: c.font, fontSize: 11 }
  return {
    animationDuration: 300,
    aria: { enabled: true },
    grid: { left: 4, right: 8, top: 16, bottom: 0, containLabel: true },
    tooltip: {
      trigger: 'axis', axisPointer: { type: sums ? 'shadow' : 'line' }, backgroundColor: c.raised, borderColor: c.line, textStyle: { color: c.text, fontFamily: c.font, fontSize: 12 },
      formatter: (p) => {
        const i = (Array.isArray(p) ? p[0] : p)?.dataIndex ?? 0
        const f = days[i]
        return f ? `${f.day ?? ''}<br>${name} <b style="font-variant-numeric:tabular-nums">${shown(f, part)}</b>` : ''
      },
    },
    xAxis: { type: 'category', data: days.map((f) => short(f.day ?? '')), axisTick: { show: false }, axisLine: { lineStyle: { color: c.line } }, axisLabel: label, boundaryGap: sums },
    yAxis: {
      type: 'value', minInterval: part === 'visitors' ? 1 : undefined, splitNumber: 4, splitLine: { lineStyle: { color: c.line } },
      axisLabel: { ...label, formatter: (v: number) => (part === 'conversion' ? `${v}%` : part === 'visitors' ? count(v) : `¥${count(v)}`) },
    },
    series: [sums
      ? { type: 'bar', barMaxWidth: 18, itemStyle: { borderRadius: [2, 2, 0, 0] }, data: days.map((f, i) => ({ value: plotted(f, part), itemStyle: { color: c.fill, opacity: i === days.length - 1 ? 0.5 : 1 } })) }
      : { type: 'line', symbol: 'circle', symbolSize: 5, lineStyle: { color: c.today, width: 2 }, itemStyle: { color: c.today }, data: days.map((f) => plotted(f, part)) }],
  }
}
