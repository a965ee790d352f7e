import { Problem, type Address, type AddressInput } from '@shuke/api'
import { computed, reactive, ref, shallowRef } from 'vue'
import * as api from '../api'
import { t } from '../i18n'
import { asProblem } from './useLoad'

type Field = 'name' | 'phone' | 'region' | 'detail'

/** An address being written. `wrong` names what keeps it from being saved, field by field. */
export function useAddressForm() {
  const id = ref('')
  const form = reactive<Required<AddressInput>>({ name: '', phone: '', province: '', city: '', district: '', region_code: '', detail: '', is_default: false })
  const tried = ref(false)
  const refused = shallowRef<Problem>()
  const told = ref('')

  function start(a?: Address, first = false): void {
    id.value = a?.id ?? ''
    const { name = '', phone = '', province = '', city = '', district = '', region_code = '', detail = '', is_default = first } = a ?? {}
    Object.assign(form, { name, phone, province, city, district, region_code, detail, is_default })
    tried.value = false
    refused.value = undefined
    told.value = ''
  }

  const region = computed(() => [form.province, form.city === form.province ? '' : form.city, form.district].filter(Boolean).join(' '))
  const empty = computed<Partial<Record<Field, string>>>(() => ({
    ...(form.name.trim() === '' && { name: t('address.needName') }),
    ...(form.phone.replace(/\D/g, '').length < 7 && { phone: t('address.needPhone') }),
    ...(form.province === '' && { region: t('address.needRegion') }),
    ...(form.detail.trim() === '' && { detail: t('address.needDetail') }),
  }))
  const wrong = computed<Partial<Record<Field, string>>>(() => {
    const said = (f: string) => refused.value?.wrong(f) || undefined
    const own = tried.value ? empty.value : {}
    return {
      name: own.name ?? said('name'), phone: own.phone ?? said('phone'), detail: own.detail ?? said('detail'),
      region: own.region ?? said('province') ?? said('city') ?? said('district') ?? said('region_code'),
    }
  })

  /** Saves; undefined when something is missing. Throws Problem for what no field explains. */
  async function save(): Promise<Address | undefined> {
    tried.value = true
    refused.value = undefined
    if (Object.keys(empty.value).length > 0) return undefined
    const input = { ...form, name: form.name.trim(), phone: form.phone.trim(), detail: form.detail.trim() }
    try {
      return await (id.value ? api.changeAddress(id.value, input) : api.addAddress(input))
    } catch (e) {
      refused.value = asProblem(e)
      if (Object.values(wrong.value).some(Boolean)) return undefined
      throw e
    }
  }

  /** Reads pasted text; keeps what it does not mention. Throws Problem. */
  async function recognise(text: string): Promise<void> {
    const r = await api.recognise(text)
    for (const k of ['name', 'phone', 'detail'] as const) if (r[k]) form[k] = r[k]
    if (r.province) Object.assign(form, { province: r.province, city: r.city, district: r.district, region_code: r.region_code })
    told.value = r.missing.length > 0 ? t('address.recognisedPart') : r.confidence < 80 ? t('address.recognisedLook') : t('address.recognised')
  }

  return { id, form, region, wrong, told, start, save, recognise }
}
