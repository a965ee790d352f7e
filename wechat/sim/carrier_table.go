package sim

// carrierFirm is a carrier: its name, the published phone of its service (may be empty), how it talks, and whether it guards tracks by phone.
type carrierFirm struct {
	name, phone, style string
	guarded            bool
}

// carrierFirms are the carriers by their codes at 快递100.
var carrierFirms = map[string]carrierFirm{
	"shunfeng": {"顺丰速运", "95338", "sf", true}, "shunfengtongcheng": {"顺丰同城", "95338", "sf", true}, "fengwang": {"丰网速运", "95338", "tongda", true},
	"zhongtong": {"中通快递", "95311", "tongda", false}, "zhongtongkuaiyun": {"中通快运", "95311", "tongda", false},
	"yuantong": {"圆通速递", "95554", "tongda", false}, "yuantongkuaiyun": {"圆通快运", "95554", "tongda", false},
	"yunda": {"韵达快递", "95546", "tongda", false}, "yundakuaiyun": {"韵达快运", "95546", "tongda", false},
	"shentong": {"申通快递", "95543", "tongda", false}, "jtexpress": {"极兔速递", "956025", "tongda", false},
	"jd": {"京东物流", "950616", "jd", false}, "ems": {"中国邮政EMS", "11183", "post", false},
	"youzhengguonei": {"邮政快递包裹", "11183", "post", false}, "youzhengbk": {"邮政标准快递", "11183", "post", false},
	"debangkuaidi": {"德邦快递", "95353", "tongda", false}, "debangwuliu": {"德邦物流", "95353", "tongda", false},
	"danniao": {"丹鸟物流", "", "jd", false}, "kuayue": {"跨越速运", "95324", "sf", false},
	"zhaijisong": {"宅急送", "4006789000", "tongda", false}, "youshuwuliu": {"优速快递", "95349", "tongda", false},
	"huitongkuaidi": {"百世快递", "95320", "tongda", false}, "baishiwuliu": {"百世快运", "95320", "tongda", false},
	"ane66": {"安能快递", "", "tongda", false}, "annengwuliu": {"安能快运", "", "tongda", false},
	"yimidida": {"壹米滴答", "", "tongda", false}, "sxjdfreight": {"顺心捷达", "", "tongda", false},
	"suning": {"苏宁物流", "95315", "jd", false}, "rrs": {"日日顺物流", "4008009999", "jd", false},
	"jiuyescm": {"九曳供应链", "", "jd", false}, "jinguangsudikuaijian": {"京广速递", "", "tongda", false},
	"jiayunmeiwuliu": {"加运美速递", "", "tongda", false}, "xinfengwuliu": {"信丰物流", "", "tongda", false},
	"pjbest": {"品骏快递", "", "tongda", false}, "ytchengnuoda": {"承诺达特快", "95554", "sf", false},
	"tiantian": {"天天快递", "", "tongda", false}, "tiandihuayu": {"天地华宇", "", "tongda", false},
	"jiajiwuliu": {"佳吉快运", "", "tongda", false}, "ztky": {"中铁快运", "95572", "post", false},
	"dhl": {"DHL中国", "95380", "sf", false}, "lianbangkuaidi": {"联邦快递", "4008861888", "sf", false}, "ups": {"UPS", "4008208388", "sf", false},
	"hkpost": {"香港邮政", "", "post", false}, "macao": {"澳门邮政", "", "post", false}, "postserv": {"中华邮政", "", "post", false},
}

// carrierPrefixes are letters that only one carrier prints.
var carrierPrefixes = map[string]string{"YT": "yuantong", "JT": "jtexpress", "JD": "jd", "ZTO": "zhongtong", "YD": "yunda", "STO": "shentong", "DPK": "debangkuaidi", "FW": "fengwang", "SF": "shunfeng"}

// carrierStyle is how carriers of a kind write: {city}, {here}, {there}, {courier}, {phone}, {name}, {service} are filled in.
type carrierStyle struct {
	hub, station                                    string // what sorting centres and outlets are called
	collect, leave, arrive, deliver, locker, signed string // signed: {there} says by whom
}

var carrierStyles = map[string]carrierStyle{
	"sf": {hub: "中转场", station: "营业点",
		collect: "{name} 已收取快件", leave: "快件在【{here}】完成分拣，准备发往【{there}】", arrive: "快件到达【{here}】",
		deliver: "快件交给{courier}，正在派送途中（联系电话：{phone}，已开启“安全呼叫”保护您的电话隐私，请放心接听！）",
		locker:  "快件已放至【{here}】，请您凭取件码领取", signed: "您的快件已签收（{there}）。如有疑问请电联快递员{courier}（{phone}），感谢您使用{name}，期待再次为您服务"},
	"tongda": {hub: "转运中心", station: "网点",
		collect: "【{city}】【{here}】的{courier}（{phone}）已揽收", leave: "【{city}】快件已从【{here}】发出，下一站【{there}】", arrive: "【{city}】快件已到达【{here}】",
		deliver: "【{city}】【{here}】的{courier}（{phone}）正在派件，请保持电话畅通，耐心等待",
		locker:  "【{city}】快件已暂存至【{here}】，请凭取件码及时领取", signed: "【{city}】您的快件已签收，签收方式：{there}。如有疑问请联系{courier}（{phone}），客服电话 {service}，感谢使用{name}，期待再次为您服务"},
	"jd": {hub: "分拣中心", station: "营业部",
		collect: "您的快件已由【{here}】揽收完成", leave: "您的快件已离开【{here}】，发往【{there}】", arrive: "您的快件已到达【{here}】",
		deliver: "您的快件正在派送中，请您准备签收（快递员：{courier}，联系电话：{phone}）",
		locker:  "您的快件已送达【{here}】，请凭取件码取件", signed: "您的快件已送达（{there}），感谢您使用{name}，欢迎再次光临"},
	"post": {hub: "邮件处理中心", station: "揽投部",
		collect: "【{city}】【{here}】已收寄，揽投员：{courier}，电话：{phone}", leave: "【{city}】离开【{here}】，下一站【{there}】", arrive: "【{city}】到达【{here}】",
		deliver: "【{city}】【{here}】安排投递，投递员：{courier}，电话：{phone}，揽投部电话：{service}",
		locker:  "【{city}】邮件已投递至【{here}】，请凭取件码领取", signed: "【{city}】已签收（{there}），投递员：{courier}，电话：{phone}"},
}

// carrierCities are where parcels start, and end when the address is not told.
var carrierCities = []town{
	{"浙江省", "杭州市", ""}, {"浙江省", "金华市", ""}, {"浙江省", "宁波市", ""}, {"广东省", "广州市", ""}, {"广东省", "深圳市", ""}, {"广东省", "东莞市", ""},
	{"江苏省", "苏州市", ""}, {"江苏省", "南京市", ""}, {"福建省", "泉州市", ""}, {"福建省", "厦门市", ""}, {"上海市", "上海市", ""}, {"北京市", "北京市", ""},
	{"四川省", "成都市", ""}, {"重庆市", "重庆市", ""}, {"山东省", "青岛市", ""}, {"江西省", "景德镇市", ""}, {"云南省", "昆明市", ""}, {"陕西省", "西安市", ""},
}

// carrierHubs are where long ways cross.
var carrierHubs = []town{{"湖北省", "武汉市", ""}, {"河南省", "郑州市", ""}, {"湖南省", "长沙市", ""}, {"安徽省", "合肥市", ""}, {"江西省", "南昌市", ""}}

// carrierAreas are area codes of 快递100: CN, six digits of the region, six zeros.
var carrierAreas = map[string]string{
	"杭州市": "CN330100000000", "金华市": "CN330700000000", "宁波市": "CN330200000000", "广州市": "CN440100000000", "深圳市": "CN440300000000", "东莞市": "CN441900000000",
	"苏州市": "CN320500000000", "南京市": "CN320100000000", "泉州市": "CN350500000000", "厦门市": "CN350200000000", "上海市": "CN310000000000", "北京市": "CN110000000000",
	"成都市": "CN510100000000", "重庆市": "CN500000000000", "青岛市": "CN370200000000", "景德镇市": "CN360200000000", "昆明市": "CN530100000000", "西安市": "CN610100000000",
	"武汉市": "CN420100000000", "郑州市": "CN410100000000", "长沙市": "CN430100000000", "合肥市": "CN340100000000", "南昌市": "CN360100000000",
}

// carrierDistricts are districts of the cities, for outlets.
var carrierDistricts = map[string][]string{
	"杭州市": {"西湖区", "余杭区", "滨江区"}, "金华市": {"义乌市", "婺城区"}, "宁波市": {"鄞州区", "海曙区"}, "广州市": {"白云区", "天河区", "番禺区"}, "深圳市": {"南山区", "宝安区", "龙岗区"},
	"东莞市": {"虎门镇", "长安镇"}, "苏州市": {"姑苏区", "吴中区"}, "南京市": {"玄武区", "江宁区"}, "泉州市": {"晋江市", "安溪县"}, "厦门市": {"思明区", "湖里区"}, "上海市": {"浦东新区", "徐汇区", "青浦区"},
	"北京市": {"朝阳区", "海淀区", "顺义区"}, "成都市": {"武侯区", "锦江区"}, "重庆市": {"渝北区", "江北区"}, "青岛市": {"市南区", "崂山区"}, "景德镇市": {"珠山区", "昌江区"}, "昆明市": {"官渡区", "呈贡区"},
	"西安市": {"雁塔区", "未央区"},
}

var (
	carrierLockers  = []string{"丰巢智能柜", "菜鸟驿站", "兔喜生活驿站", "妈妈驿站"}
	carrierSurnames = []string{"张", "王", "李", "赵", "陈", "刘", "杨", "黄", "周", "吴", "徐", "孙", "马", "朱", "胡", "林", "郭", "何"}
)
