package sim

const h5Path = "/cgi-bin/mmpayweb-bin/checkmweb"
