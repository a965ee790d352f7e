// Bills, profit sharing, transfers and complaints, with wechatpay-axios-plugin.
import { createHash } from 'node:crypto';
import { check, readBill } from './scene.mjs';

export function money(kit) {
  return [...bills(kit), ...sharing(kit), ...transfers(kit), ...complaints(kit)];
}

function bills({ s, pay }) {
  const ask = async (kind, params) => (await pay.v3.bill[kind].get({ params })).data;
  const file = async (token) => (await pay.v3.billdownload.file.get({ params: { token }, responseType: 'arraybuffer' })).data;
  const fetched = async (kind, params) => { const a = await ask(kind, params); return readBill(Buffer.from(await file(new URL(a.download_url).searchParams.get('token'))), a); };
  return [
    { late: true, call: 'GET /v3/bill/tradebill', code: 'NO_STATEMENT_EXIST', good: () => fetched('tradebill', { bill_date: s.first_day, bill_type: 'ALL' }), bad: async () => ask('tradebill', { bill_date: await s.today() }) },
    { late: true, call: 'GET /v3/bill/fundflowbill', code: 'PARAM_ERROR', good: () => fetched('fundflowbill', { bill_date: s.first_day }), bad: () => ask('fundflowbill', { bill_date: 'yesterday' }) },
    { late: true, call: 'GET /v3/billdownload/file', code: 'INVALID_REQUEST', good: () => fetched('tradebill', { bill_date: s.first_day, bill_type: 'REFUND' }), bad: () => file('never-given') },
  ];
}

function sharing({ s, pay, forged, config, order, told, plugin: { Rsa, Wechatpay } }) {
  const api = pay.v3.profitsharing;
  const certs = config(s.shop).certs;
  const serial = s.shop.platform_serial_no;
  const headers = { 'Wechatpay-Serial': serial };
  const receiver = (name) => api.receivers.add.post({ appid: s.account.appid, type: 'MERCHANT_ID', account: s.second.mchid, name: Rsa.encrypt(name, certs[serial]), relation_type: 'PARTNER' }, { headers });
  async function frozen() {
    const { data } = await pay.v3.pay.transactions.jsapi.post(order({ amount: { total: 10000 }, settle_info: { profit_sharing: true } }));
    await s.pay(data.prepay_id);
    const { transaction_id } = await told();
    await s.advance('2m');
    return transaction_id;
  }
  const ask = (transaction_id, amount) => api.orders.post({
    appid: s.account.appid, transaction_id, out_order_no: s.number('axsplit'), unfreeze_unsplit: false,
    receivers: [{ type: 'MERCHANT_ID', account: s.second.mchid, amount, description: '分给合作方' }],
  });
  async function split() {
    const transaction_id = await frozen();
    const { data } = await ask(transaction_id, 2000);
    const query = async () => (await api.orders.$no$.get({ no: data.out_order_no, params: { transaction_id } })).data;
    let now = await query();
    for (let i = 0; i < 500 && now.state !== 'FINISHED'; i += 1) {
      await new Promise((r) => { setTimeout(r, 10); });
      now = await query();
    }
    check(now.state === 'FINISHED' && now.receivers[0].result === 'SUCCESS', 'the split is', now);
    return now;
  }
  const back = (out_order_no, amount) => api.returnOrders.post({ out_order_no, out_return_no: s.number('axback'), return_mchid: s.second.mchid, amount, description: '退回' });
  return [
    { late: true, call: 'POST /v3/profitsharing/receivers/add', code: 'PARAM_ERROR', good: () => receiver('果然鲜'), bad: () => receiver('别的名字') },
    { late: true, call: 'POST /v3/profitsharing/orders', code: 'RULE_LIMIT', good: split, bad: async () => ask(await frozen(), 3001) },
    { late: true, call: 'GET /v3/profitsharing/orders/{no}', code: 'RESOURCE_NOT_EXISTS', good: split, bad: async () => api.orders.$no$.get({ no: 'never-split', params: { transaction_id: await frozen() } }) },
    { late: true, call: 'GET /v3/profitsharing/transactions/{id}/amounts', code: 'RESOURCE_NOT_EXISTS', good: async () => api.transactions.$id$.amounts.get({ id: await frozen() }), bad: () => api.transactions.$id$.amounts.get({ id: '4200000000000000000000000000' }) },
    { late: true, call: 'POST /v3/profitsharing/orders/unfreeze', code: 'SIGN_ERROR', good: async () => api.orders.unfreeze.post({ transaction_id: await frozen(), out_order_no: s.number('axthaw'), description: '解冻' }), bad: () => forged.v3.profitsharing.orders.unfreeze.post({}) },
    { late: true, call: 'POST /v3/profitsharing/return-orders', code: 'INVALID_REQUEST', good: async () => back((await split()).out_order_no, 500), bad: async () => back((await split()).out_order_no, 2001) },
    {
      late: true, call: 'GET /v3/profitsharing/return-orders/{no}', code: 'RESOURCE_NOT_EXISTS',
      good: async () => { const { data } = await back((await split()).out_order_no, 500); const { data: r } = await api.returnOrders.$no$.get({ no: data.out_return_no, params: { out_order_no: data.out_order_no } }); check(r.amount === 500, 'the return is', r); },
      bad: () => api.returnOrders.$no$.get({ no: 'never-returned', params: { out_order_no: 'never-split' } }),
    },
    { late: true, call: 'POST /v3/profitsharing/receivers/delete', code: 'SIGN_ERROR', good: () => api.receivers.chain('delete').post({ appid: s.account.appid, type: 'MERCHANT_ID', account: s.second.mchid }), bad: () => forged.v3.profitsharing.receivers.chain('delete').post({}) },
    { late: true, call: 'GET /v3/profitsharing/bills', code: 'NO_STATEMENT_EXIST', bad: async () => api.bills.get({ params: { bill_date: await s.today() } }) },
    {
      late: true, call: 'GET /v3/profitsharing/merchant-configs/{sub}', code: 'SIGN_ERROR',
      good: async () => { const p = await s.provider(); const { data } = await new Wechatpay(config(p.sp)).v3.profitsharing.merchantConfigs.$sub$.get({ sub: p.sub.mchid }); check(data.max_ratio === 3000 && data.sub_mchid === p.sub.mchid, 'the ratio is', data); },
      bad: () => forged.v3.profitsharing.merchantConfigs.$sub$.get({ sub: s.shop.mchid }),
    },
  ];
}

function transfers({ s, pay, config, told, plugin: { Rsa } }) {
  const api = pay.v3.fundApp.mchTransfer.transferBills;
  const serial = s.shop.platform_serial_no;
  const send = (over = {}) => api.post({
    appid: s.account.appid, out_bill_no: s.number('axtr'), transfer_scene_id: '1005', openid: s.openid, user_name: Rsa.encrypt('林小满', config(s.shop).certs[serial]), transfer_amount: 5000, transfer_remark: '七月佣金',
    notify_url: `${s.dev}/transfer`, transfer_scene_report_infos: [{ info_type: '岗位类型', info_content: '团长' }, { info_type: '报酬说明', info_content: '七月佣金' }], ...over,
  }, { headers: { 'Wechatpay-Serial': serial } });
  // rich puts money where transfers come from.
  const rich = () => s.control('POST', `/merchants/${s.shop.mchid}/money/move`, { account: 'BASIC', amount: 1_000_000 });
  const byNumber = (no) => api.outBillNo.$no$.get({ no });
  const cancel = (no) => api.outBillNo.$no$.cancel.post({}, { no });
  return [
    {
      call: 'POST /v3/fund-app/mch-transfer/transfer-bills', code: 'PARAM_ERROR',
      good: async () => {
        await rich();
        const { data } = await send();
        check(data.state === 'WAIT_USER_CONFIRM' && data.package_info, 'the transfer is', data);
        await s.control('POST', `/people/${s.lin}/transfers/${data.transfer_bill_no}/accept`, {});
        const done = await told('/transfer');
        check(done.event === 'MCHTRANSFER.BILL.FINISHED' && done.state === 'SUCCESS' && done.transfer_amount === 5000, 'the notice is', done);
      },
      bad: () => send({ transfer_scene_report_infos: [] }),
    },
    { call: 'GET /v3/fund-app/mch-transfer/transfer-bills/out-bill-no/{no}', code: 'NOT_FOUND', good: async () => { await rich(); const { data } = await send(); const { data: r } = await byNumber(data.out_bill_no); check(r.transfer_bill_no === data.transfer_bill_no, 'the transfer is', r); }, bad: () => byNumber('neversent1') },
    { call: 'GET /v3/fund-app/mch-transfer/transfer-bills/transfer-bill-no/{no}', code: 'NOT_FOUND', good: async () => { await rich(); const { data } = await send(); await api.transferBillNo.$no$.get({ no: data.transfer_bill_no }); }, bad: () => api.transferBillNo.$no$.get({ no: '1330000071100999991182020050700019480001' }) },
    { call: 'POST /v3/fund-app/mch-transfer/transfer-bills/out-bill-no/{no}/cancel', code: 'NOT_FOUND', good: async () => { await rich(); const { data } = await send(); const { data: r } = await cancel(data.out_bill_no); check(/CANCEL/.test(r.state), 'the transfer is', r); }, bad: () => cancel('neversent1') },
  ];
}

function complaints({ s, pay, forged, config, paid, plugin: { Rsa, Multipart } }) {
  const api = pay.v3.merchantService.complaintsV2;
  const urls = pay.v3.merchantService.complaintNotifications;
  async function complain(type = 'OTHERS') {
    await paid(600);
    const { bills: list } = await s.control('GET', `/people/${s.lin}/wallet/bills?limit=1`);
    const c = await s.control('POST', `/people/${s.lin}/complaints`, { bill_id: list[0].id, type, detail: '茶叶受潮了', phone: '13800138000', refund_amount: type === 'REFUND' ? 600 : undefined });
    return c.id;
  }
  const mine = { complainted_mchid: s.shop.mchid };
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  const upload = (sha256 = createHash('sha256').update(png).digest('hex')) => {
    const form = new Multipart();
    form.append('meta', JSON.stringify({ filename: 'a.png', sha256 }));
    form.append('file', png, 'a.png');
    return pay.v3.merchantService.images.upload.post(form, { meta: form.toJSON(), headers: form.getHeaders() });
  };
  const today = async () => { const d = await s.today(); return { begin_date: d, end_date: d, limit: 50, offset: 0 }; };
  return [
    {
      call: 'POST /v3/merchant-service/complaint-notifications', code: 'PARAM_ERROR',
      good: async () => { const { data } = await urls.post({ url: `${s.dev}/complaints` }); check(data.mchid === s.shop.mchid, 'the answer is', data); },
      bad: () => urls.post({ url: 'nowhere' }),
    },
    { call: 'GET /v3/merchant-service/complaint-notifications', code: 'SIGN_ERROR', good: () => urls.get(), bad: () => forged.v3.merchantService.complaintNotifications.get() },
    { call: 'PUT /v3/merchant-service/complaint-notifications', code: 'PARAM_ERROR', good: () => urls.put({ url: `${s.dev}/complaints` }), bad: () => urls.put({ url: '' }) },
    {
      call: 'GET /v3/merchant-service/complaints-v2', code: 'INVALID_REQUEST',
      good: async () => { const id = await complain(); const { data } = await api.get({ params: await today() }); check(data.data.some((c) => c.complaint_id === id) && data.total_count >= 1, 'the list is', data); },
      bad: () => api.get({ params: { begin_date: '2020-01-01', end_date: '2020-12-31' } }),
    },
    {
      call: 'GET /v3/merchant-service/complaints-v2/{id}', code: 'RESOURCE_NOT_EXISTS',
      good: async () => {
        const { data } = await api.$id$.get({ id: await complain() });
        check(Rsa.decrypt(data.payer_phone, s.shop.private_key) === '13800138000' && data.complaint_state === 'PENDING', 'the complaint is', data);
      },
      bad: () => api.$id$.get({ id: '200201820200101080076610000' }),
    },
    { call: 'GET /v3/merchant-service/complaints-v2/{id}/negotiation-historys', code: 'RESOURCE_NOT_EXISTS', good: async () => { const { data } = await api.$id$.negotiationHistorys.get({ id: await complain() }); check(data.data.length >= 1, 'the history is', data); }, bad: () => api.$id$.negotiationHistorys.get({ id: '200201820200101080076610000' }) },
    {
      call: 'POST /v3/merchant-service/complaints-v2/{id}/response', code: 'PARAM_ERROR',
      good: async () => api.$id$.response.post({ ...mine, response_content: '马上补发', response_images: [(await upload()).data.media_id] }, { id: await complain() }),
      bad: async () => api.$id$.response.post({ ...mine, response_content: '' }, { id: await complain() }),
    },
    { call: 'POST /v3/merchant-service/complaints-v2/{id}/complete', code: 'RESOURCE_NOT_EXISTS', good: async () => { const id = await complain(); await api.$id$.response.post({ ...mine, response_content: '已补发' }, { id }); await api.$id$.complete.post(mine, { id }); }, bad: () => api.$id$.complete.post(mine, { id: '200201820200101080076610000' }) },
    {
      call: 'POST /v3/merchant-service/complaints-v2/{id}/update-refund-progress', code: 'PARAM_ERROR',
      good: async () => api.$id$.updateRefundProgress.post({ action: 'REJECT', reject_reason: '拒绝理由：已签收' }, { id: await complain('REFUND') }),
      bad: async () => api.$id$.updateRefundProgress.post({ action: 'PERHAPS' }, { id: await complain('REFUND') }),
    },
    {
      call: 'POST /v3/merchant-service/complaints-v2/{id}/response-immediate-service', code: 'INVALID_REQUEST',
      good: async () => {
        const id = await complain();
        await s.control('POST', `/people/${s.lin}/complaints/${id}/platform`, {});
        const { data } = await api.$id$.responseImmediateService.post({ ...mine, response_content: '马上补发' }, { id });
        check(data.log_id, 'the answer is', data);
      },
      bad: async () => api.$id$.responseImmediateService.post({ ...mine, response_content: '马上补发' }, { id: await complain() }),
    },
    { call: 'POST /v3/merchant-service/complaints-v2/{id}/response-immediate-service', code: 'RESOURCE_NOT_EXISTS', bad: () => api.$id$.responseImmediateService.post({ ...mine, response_content: '马上来' }, { id: '200201820200101080076610000' }) },
    { call: 'POST /v3/merchant-service/images/upload', code: 'PARAM_ERROR', good: async () => { const { data } = await upload(); check(data.media_id, 'the answer is', data); }, bad: () => upload('0'.repeat(64)) },
    {
      call: 'GET /v3/merchant-service/images/{media}', code: 'RESOURCE_NOT_EXISTS',
      good: async () => {
        const { data: { media_id } } = await upload();
        const { data } = await pay.v3.merchantService.images.$media$.get({ media: encodeURIComponent(media_id), responseType: 'arraybuffer' });
        check(Buffer.from(data).equals(png), 'another picture came back', data.length);
      },
      bad: () => pay.v3.merchantService.images.$media$.get({ media: 'never-uploaded', responseType: 'arraybuffer' }),
    },
    { call: 'DELETE /v3/merchant-service/complaint-notifications', code: 'SIGN_ERROR', good: () => urls.delete(), bad: () => forged.v3.merchantService.complaintNotifications.delete() },
  ];
}
