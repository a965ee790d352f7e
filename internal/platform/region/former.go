package region

// formerNames are names of districts that were renamed, merged or raised, and
// that people still write: the code of today, then the names. A change of the
// suffix alone (增城市 → 增城区) needs no line; a reader may take an alias with
// another suffix for it. Where a district was divided the larger heir is given.
// Source: announcements of the State Council and the Ministry of Civil Affairs.
const formerNames = `
110101 崇文区
110102 宣武区
120116 塘沽区 汉沽区 大港区
230110 动力区
310101 卢湾区 南市区
310106 闸北区
310115 南汇区 川沙县
320102 白下区
320106 下关区
320114 雨花区
320205 锡山市
320213 崇安区 南长区 北塘区
320312 铜山县
320508 沧浪区 平江区 金阊区
320613 港闸区
320706 新浦区
330102 江干区
330105 下城区
330212 江东区
330603 绍兴县
350203 开元区 鼓浪屿区
350211 杏林区
370116 莱城区
370203 四方区
370211 胶南市
420600 襄樊市 襄樊
420607 襄阳县
440103 芳村区
440104 东山区
440112 萝岗区
440307 大鹏新区
440309 龙华新区
440310 坪山新区
440311 光明新区
500110 万盛区 綦江县
500111 双桥区 大足县
510117 郫县
610118 户县
`
