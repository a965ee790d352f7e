import { BarChart, LineChart } from 'echarts/charts'
import { AriaComponent, GridComponent, TooltipComponent } from 'echarts/components'
import { init, use, type EChartsType } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { onBeforeUnmount, onMounted, watch, type Ref } from 'vue'
import type { ChartColors, DaysOption } from '../logic/chart'

use([BarChart, LineChart, GridComponent, TooltipComponent, AriaComponent, CanvasRenderer])

function colors(of: HTMLElement): ChartColors {
  const css = getComputedStyle(of)
  const token = (name: string) => css.getPropertyValue(`--sk-${name}`).trim()
  return { text: token('text'), quiet: token('text-3'), line: token('line'), fill: token('go'), today: token('go-text'), raised: token('raised'), font: token('font') }
}

/** Draws a chart into `box` and again when its data, its size or the colour scheme change. */
export function useChart(box: Readonly<Ref<HTMLElement | undefined>>, option: Readonly<Ref<(c: ChartColors) => DaysOption>>): void {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  let chart: EChartsType | undefined
  let size: ResizeObserver | undefined

  function draw(): void {
    if (box.value) chart?.setOption(option.value(colors(box.value)), true)
  }
  onMounted(() => {
    chart = init(box.value!)
    draw()
    size = new ResizeObserver(() => chart?.resize())
    size.observe(box.value!)
    dark.addEventListener('change', draw)
  })
  watch(option, draw)
  onBeforeUnmount(() => {
    dark.removeEventListener('change', draw)
    size?.disconnect()
    chart?.dispose()
  })
}
